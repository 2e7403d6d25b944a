using System.Buffers.Binary;
using HilBench.Pcie;

namespace HilBench.Devices;

/// <summary>
/// Answers a device's own requests in the simplest way: every address translates to itself, with read and write; memory reads as zero
/// until it is written. For bring-up, where no kernel is modelled.
/// </summary>
/// <param name="probe">Sends the answers.</param>
public sealed class IdentityHost(DeviceProbe probe)
{
    private const int CompletionDw = 16;
    private readonly Dictionary<ulong, uint> _memory = [];
    private readonly byte[] _tlp = new byte[128];

    /// <summary>Answers a TLP of the device, if it asks for something.</summary>
    /// <returns>What was done, in words; null: nothing.</returns>
    public string? Answer(ReadOnlySpan<byte> tlp)
    {
        if (!TlpView.TryRead(tlp, out var view, out _))
        {
            return null;
        }

        if (view.IsTranslationRequest)
        {
            Translate(view);
            return "answered: every address translates to itself, to read and to write";
        }

        switch (view.Kind)
        {
            case TlpKind.MemoryRead:
                Read(view);
                return "answered: what was written there, else zero";
            case TlpKind.MemoryWrite:
                for (var i = 0; i < view.Payload.Length / 4; i++)
                {
                    _memory[view.Address + (4 * (ulong)i)] = BinaryPrimitives.ReadUInt32LittleEndian(view.Payload[(4 * i)..]);
                }

                return "kept";
            default:
                return null;
        }
    }

    private void Translate(TlpView request)
    {
        Span<byte> payload = stackalloc byte[8 * 8];
        var count = Math.Min(request.LengthDw / 2, 8);
        for (var i = 0; i < count; i++)
        {
            var page = AtsRange.Page(request.Address + (4096 * (ulong)i));
            AtsPayload.Write(payload[(8 * i)..], TranslationEntry.From(page, TranslationFlags.R | TranslationFlags.W).Bits);
        }

        Complete(request.Requester, request.Tag, payload[..(8 * count)], 8 * count, lowerAddress: 0);
    }

    private void Read(TlpView request)
    {
        Span<byte> payload = stackalloc byte[4 * CompletionDw];
        var left = 4 * request.LengthDw;
        for (var address = request.Address; left > 0;)
        {
            var part = Math.Min(left, payload.Length - (int)(address & 63));
            for (var i = 0; i < part / 4; i++)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(payload[(4 * i)..], _memory.GetValueOrDefault(address + (4 * (ulong)i)));
            }

            Complete(request.Requester, request.Tag, payload[..part], left, (int)(address & 0x7F));
            left -= part;
            address += (ulong)part;
        }
    }

    private void Complete(RequesterId requester, byte tag, ReadOnlySpan<byte> payload, int byteCount, int lowerAddress)
    {
        var header = new CompletionHeader(probe.Host, requester, tag, ByteCount: byteCount, LowerAddress: lowerAddress);
        probe.Send(_tlp.AsSpan(0, TlpWriter.WriteCompletionWithData(_tlp, header, payload)));
    }
}
