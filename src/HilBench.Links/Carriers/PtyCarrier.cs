using System.Runtime.InteropServices;
using System.Text;
using HilBench.Journal;
using HilBench.Links.Native;

namespace HilBench.Links;

/// <summary>
/// The far end of a pseudo serial port that this process makes: a simulated board stands here, a host opens
/// <see cref="PortPath"/>. Hosts may come and go; bytes that nobody reads are lost, as on a UART.
/// </summary>
public sealed unsafe class PtyCarrier : ICarrier
{
    private readonly DescriptorHandle _far;
    private readonly DescriptorHandle _port; // kept open, so that the last host's closing does not hang up
    private readonly DescriptorStream _stream;

    private PtyCarrier(DescriptorHandle far, DescriptorHandle port, string path)
    {
        (_far, _port, PortPath) = (far, port, path);
        _stream = new DescriptorStream(far, Name, "");
    }

    /// <summary>The port that a host opens, for example /dev/pts/3.</summary>
    public string PortPath { get; }

    /// <inheritdoc/>
    public string Name => $"pty:{PortPath}";

    /// <inheritdoc/>
    public CarrierAbilities Abilities => CarrierAbilities.None;

    /// <summary>Makes a pseudo serial port.</summary>
    /// <exception cref="BenchException">Host: this machine gives none.</exception>
    public static PtyCarrier Create()
    {
#pragma warning disable CA2000 // the carrier owns both; disposed below when there is none
        var far = new DescriptorHandle(LibC.posix_openpt(LibC.ReadWrite | LibC.NoControl | LibC.NonBlocking | LibC.CloseOnExec));
        DescriptorHandle? port = null;
        try
        {
            var name = stackalloc byte[128];
            if (far.IsInvalid || LibC.grantpt(far) < 0 || LibC.unlockpt(far) < 0 || LibC.ptsname_r(far, name, 128) != 0)
            {
                throw NoPty();
            }

            var path = Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name));
            port = new DescriptorHandle(LibC.open(path, LibC.ReadWrite | LibC.NoControl | LibC.CloseOnExec));
            if (port.IsInvalid)
            {
                throw NoPty();
            }

#pragma warning restore CA2000
            RawTerminal.Set(port, path, 115_200);
            return new PtyCarrier(far, port, path);
        }
        catch (BenchException)
        {
            port?.Dispose();
            far.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> bytes, Deadline deadline) =>
        _stream.Write(bytes, deadline.NoLaterThan(TimeSpan.FromMilliseconds(100)));

    /// <inheritdoc/>
    public int Read(Span<byte> buffer, Deadline deadline) => _stream.Read(buffer, deadline);

    /// <inheritdoc/>
    public void Dispose()
    {
        _port.Dispose();
        _far.Dispose();
    }

    private static BenchException NoPty() => new(
        BenchLayer.Host, $"no pseudo serial port can be made: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}", "Is /dev/pts mounted?");
}
