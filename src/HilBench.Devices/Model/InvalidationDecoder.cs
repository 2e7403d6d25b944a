using System.Buffers.Binary;
using HilBench.Pcie;

namespace HilBench.Devices.Model;

/// <summary>Takes an Invalidate Request apart (wrongly, in some faulty devices).</summary>
internal sealed class InvalidationDecoder(ModelFault fault)
{
    private const ulong SizeBit = 1UL << 11;
    private const int Largest2MiB = 21;
    private const int Largest4GiB = 32;
    private const int Half = 63;

    private ulong _lastPayload; // M75

    /// <summary>Whether this is a request that a device has to complete, but for whom it is.</summary>
    public bool IsTaken(TlpView tlp)
    {
        if (tlp.Kind == TlpKind.InvalidateRequest)
        {
            return tlp.LengthDw == 2
                && (!tlp.IsPoisoned || fault == ModelFault.M76)
                && !(fault == ModelFault.M25 && tlp.HasPasid);
        }

        return fault == ModelFault.M75 && tlp.Kind == TlpKind.OtherMessage
            && !tlp.HasData && tlp.MessageCode == MessageCode.InvalidateRequest && tlp.MessageRouting == 2;
    }

    public Invalidation Decode(TlpView tlp, int function, ulong readyAt)
    {
        _lastPayload = tlp.HasData ? tlp.InvalidatePayload : _lastPayload;
        var payload = Misread(_lastPayload);
        return new Invalidation(
            RangeOf(payload),
            Context.Of(tlp, function),
            IsGlobal: (payload & 1) != 0 && tlp.HasPasid && fault != ModelFault.M27,
            tlp.Requester,
            tlp.ITag,
            tlp.TrafficClass,
            readyAt)
        {
            IsVoid = tlp.IsPoisoned,
        };
    }

    private ulong Misread(ulong payload) => fault switch
    {
        ModelFault.M02 => BinaryPrimitives.ReverseEndianness(payload),
        ModelFault.M03 => payload & uint.MaxValue,
        ModelFault.M04 => payload & ~SizeBit,
        ModelFault.M28 => (payload & ~(SizeBit | 1)) | ((payload & 1) << 11) | (payload >> 11 & 1),
        _ => payload,
    };

    private AtsRange RangeOf(ulong payload)
    {
        var range = AtsRange.Decode(payload);
        return fault switch
        {
            ModelFault.M05 when range.SizeShift > AtsRange.MinSizeShift =>
                AtsRange.Around(range.Base, range.SizeShift - 1),
            ModelFault.M06 => AtsRange.Around(range.Base, Math.Min(range.SizeShift, Largest2MiB)),
            ModelFault.M07 => AtsRange.Around(range.Base, Math.Min(range.SizeShift, Largest4GiB)),
            ModelFault.M08 => AtsRange.Around(range.Base, Math.Min(range.SizeShift, Half)),
            _ => range,
        };
    }
}
