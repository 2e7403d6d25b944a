using System.Buffers.Binary;

namespace HilBench.Links;

/// <summary>The first 6 bytes of a frame. Source: docs/protocol.md, "Frames".</summary>
/// <param name="Kind">What the frame is; may be a kind that this version does not know.</param>
/// <param name="Number">Sequence number of a stream frame, tag of REQUEST, REPLY and WORKING, else 0.</param>
/// <param name="Ack">The next sequence number that the frame's sender expects.</param>
/// <param name="Grant">The first sequence number that the other side may not send yet.</param>
/// <param name="Session">Never 0 in a frame that means something.</param>
public readonly record struct FrameHeader(FrameKind Kind, byte Number, byte Ack, byte Grant, ushort Session)
{
    /// <summary>Bytes of a header.</summary>
    public const int SizeBytes = 6;

    private const int StreamBit = 0x40;

    /// <summary>Whether the frame is numbered, kept and repeated.</summary>
    public bool IsStream => ((int)Kind & StreamBit) != 0;

    /// <summary>Reads the header of a frame of at least <see cref="SizeBytes"/>.</summary>
    public static FrameHeader Read(ReadOnlySpan<byte> frame) =>
        new((FrameKind)frame[0], frame[1], frame[2], frame[3], BinaryPrimitives.ReadUInt16LittleEndian(frame[4..]));

    /// <summary>Writes <see cref="SizeBytes"/> bytes.</summary>
    public void Write(Span<byte> frame)
    {
        frame[0] = (byte)Kind;
        frame[1] = Number;
        frame[2] = Ack;
        frame[3] = Grant;
        BinaryPrimitives.WriteUInt16LittleEndian(frame[4..], Session);
    }
}
