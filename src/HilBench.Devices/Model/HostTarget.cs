using System.Buffers.Binary;
using HilBench.Pcie;

namespace HilBench.Devices.Model;

/// <summary>Answers the host's requests: configuration, BAR0, and Unsupported Request for everything else.</summary>
internal sealed class HostTarget(
    ConfigurationSpace configuration,
    DmaEngine engine,
    InvalidationUnit invalidation,
    TransmitQueue transmit,
    ExerciserBar bar)
{
    private const int MaxReadDw = 4;
    private const int MaxWriteDw = 8;
    private const int BarBytes = 4096;

    /// <summary>
    /// True when there must be room in the transmit queue: the request has to be answered, or sends a Stop Marker.
    /// </summary>
    public static bool NeedsRoom(TlpView tlp)
    {
        var offset = (int)(tlp.Address & 0xFFF);
        return tlp.Kind != TlpKind.MemoryWrite
            || (offset <= ExerciserRegister.PageStop && offset + tlp.Payload.Length > ExerciserRegister.PageStop);
    }

    /// <summary>Does what the host asks for.</summary>
    public void Take(TlpView tlp, ulong now)
    {
        switch (tlp.Kind)
        {
            case TlpKind.MemoryWrite:
                TakeWrite(tlp, now);
                break;
            case TlpKind.MemoryRead:
                TakeRead(tlp, now);
                break;
            case TlpKind.ConfigurationRead0 or TlpKind.ConfigurationWrite0:
                TakeConfiguration(tlp, now);
                break;
            default:
                Refuse(tlp, 4, now);
                break;
        }
    }

    private void TakeConfiguration(TlpView tlp, ulong now)
    {
        var isWrite = tlp.Kind == TlpKind.ConfigurationWrite0;
        var function = (int)tlp.Destination.Function;
        if (function >= ConfigurationSpace.Functions || tlp.LengthDw != 1 || (isWrite && tlp.IsPoisoned))
        {
            Refuse(tlp, 4, now);
            return;
        }

        if (isWrite)
        {
            configuration.Capture(tlp.Destination);
            var value = BinaryPrimitives.ReadUInt32LittleEndian(tlp.Payload);
            Apply(configuration[function].Write(tlp.RegisterNumber, value, tlp.FirstByteEnable), function, now);
            Answer(tlp, function, CompletionStatus.SuccessfulCompletion, 4, [], now);
            return;
        }

        Span<byte> data = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(data, configuration[function].Read(tlp.RegisterNumber));
        Answer(tlp, function, CompletionStatus.SuccessfulCompletion, 4, data, now);
    }

    private void Apply(ConfigurationEffect effect, int function, ulong now)
    {
        engine.Apply(effect, function, now);
        if ((effect & ConfigurationEffect.FunctionReset) != 0)
        {
            invalidation.Forget(function);
            if (function == 0)
            {
                bar.Reset();
            }
        }
    }

    private void TakeRead(TlpView tlp, ulong now)
    {
        var sizeBytes = 4 * tlp.LengthDw;
        var isOurs = configuration.TryMatchBar(tlp.Address, out var offset);
        if (!isOurs || tlp.LengthDw > MaxReadDw || offset + sizeBytes > BarBytes)
        {
            Refuse(tlp, sizeBytes, now);
            return;
        }

        Span<byte> data = stackalloc byte[4 * MaxReadDw];
        for (var i = 0; i < sizeBytes; i += 4)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(data[i..], bar.Read(offset + i));
        }

        Answer(tlp, 0, CompletionStatus.SuccessfulCompletion, sizeBytes, data[..sizeBytes], now);
    }

    private void TakeWrite(TlpView tlp, ulong now)
    {
        var isOurs = configuration.TryMatchBar(tlp.Address, out var offset);
        var lastEnable = tlp.LengthDw == 1 ? 0 : 0xF;
        var isWhole = tlp.FirstByteEnable == 0xF && tlp.LastByteEnable == lastEnable;
        if (!isOurs || !isWhole || tlp.IsPoisoned || tlp.LengthDw > MaxWriteDw
            || offset + tlp.Payload.Length > BarBytes)
        {
            return;
        }

        for (var i = 0; i < tlp.Payload.Length; i += 4)
        {
            bar.Write(offset + i, BinaryPrimitives.ReadUInt32LittleEndian(tlp.Payload[i..]), now);
        }
    }

    private void Refuse(TlpView tlp, int byteCount, ulong now) =>
        Answer(tlp, 0, CompletionStatus.UnsupportedRequest, byteCount, [], now);

    private void Answer(
        TlpView request, int function, CompletionStatus status, int byteCount, ReadOnlySpan<byte> data, ulong now)
    {
        var lowerAddress = request.Kind == TlpKind.MemoryRead ? (int)(request.Address & 0x7C) : 0;
        var header = new CompletionHeader(
            configuration.IdOf(function), request.Requester, request.Tag, status, byteCount, lowerAddress);
        var options = new TlpOptions { TrafficClass = request.TrafficClass, Attributes = request.Attributes };
        var size = data.IsEmpty
            ? TlpWriter.WriteCompletion(transmit.Room, header, options)
            : TlpWriter.WriteCompletionWithData(transmit.Room, header, data, options);
        transmit.Add(size, now);
    }
}
