using HilBench.Journal;

namespace HilBench.Links;

/// <summary>
/// The board's end of a socket, with one host after the other: when a host goes away, the next one is waited for. What is
/// written meanwhile goes nowhere, as on a serial line without a cable.
/// </summary>
/// <param name="listener">Not owned.</param>
public sealed class ListeningCarrier(SocketListener listener) : ICarrier
{
    private SocketCarrier? _host;

    /// <inheritdoc/>
    public string Name => listener.Address;

    /// <inheritdoc/>
    public CarrierAbilities Abilities => CarrierAbilities.None;

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> bytes, Deadline deadline)
    {
        try
        {
            _host?.Write(bytes, deadline);
        }
        catch (BenchException e) when (e.Layer == BenchLayer.Cable)
        {
            Forget();
        }
    }

    /// <inheritdoc/>
    public int Read(Span<byte> buffer, Deadline deadline)
    {
        while (true)
        {
            _host ??= listener.Accept(deadline);
            if (_host is null)
            {
                return 0;
            }

            try
            {
                return _host.Read(buffer, deadline);
            }
            catch (BenchException e) when (e.Layer == BenchLayer.Cable)
            {
                Forget();
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Forget();

    private void Forget()
    {
        _host?.Dispose();
        _host = null;
    }
}
