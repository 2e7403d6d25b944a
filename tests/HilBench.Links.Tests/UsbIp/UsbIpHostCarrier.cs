using System.Net.Sockets;
using HilBench.Journal;

namespace HilBench.Links.Tests.UsbIp;

/// <summary>A pair of bulk endpoints as a host sees it: one transfer to it is always under way.</summary>
internal sealed class UsbIpHostCarrier : ICarrier
{
    private const int TransferBytes = 4096;

    private readonly UsbIpClient _client;
    private readonly int _out;
    private readonly int _in;
    private readonly ByteQueue _kept = new();
    private readonly byte[] _buffer = new byte[TransferBytes];
    private uint _waitsIn;
    private uint _waitsOut;

    public UsbIpHostCarrier(UsbIpClient client, int endpointOut, int endpointIn)
    {
        (_client, _out, _in) = (client, endpointOut, endpointIn);
        _waitsIn = _client.Submit(_in, isIn: true, [], TransferBytes);
    }

    public string Name => "usbip host";

    public CarrierAbilities Abilities => CarrierAbilities.None;

    public void Write(ReadOnlySpan<byte> bytes, Deadline deadline) => Guarded(bytes, deadline);

    public int Read(Span<byte> buffer, Deadline deadline)
    {
        try
        {
            while (_kept.Count == 0)
            {
                if (!_client.Wait(deadline.Left))
                {
                    return 0;
                }

                Take();
            }
        }
        catch (Exception e) when (e is EndOfStreamException or SocketException)
        {
            throw Gone();
        }

        return _kept.Take(buffer);
    }

    public void Dispose() => _client.Dispose();

    private void Guarded(ReadOnlySpan<byte> bytes, Deadline deadline)
    {
        try
        {
            while (!bytes.IsEmpty)
            {
                var piece = bytes[..Math.Min(bytes.Length, TransferBytes)];
                _waitsOut = _client.Submit(_out, isIn: false, piece, piece.Length);
                while (_waitsOut != 0)
                {
                    if (!_client.Wait(deadline.Left))
                    {
                        throw new BenchException(BenchLayer.Cable, $"{Name} takes no more bytes", "");
                    }

                    Take();
                }

                bytes = bytes[piece.Length..];
            }
        }
        catch (Exception e) when (e is EndOfStreamException or SocketException)
        {
            throw Gone();
        }
    }

    private void Take()
    {
        var answer = _client.Next();
        if (answer.Sequence != _waitsIn)
        {
            if (answer.Sequence != _waitsOut || answer.Status != 0)
            {
                throw new InvalidDataException($"answer to {answer.Sequence} with status {answer.Status}");
            }

            _waitsOut = 0;
            return;
        }

        var bytes = _buffer.AsSpan(0, answer.Length);
        _client.ReceiveInto(bytes);
        _kept.Add(bytes);
        _waitsIn = _client.Submit(_in, isIn: true, [], TransferBytes);
    }

    private BenchException Gone() => new(BenchLayer.Cable, $"{Name}: the board is gone", "");
}
