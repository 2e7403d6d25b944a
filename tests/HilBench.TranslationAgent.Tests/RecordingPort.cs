using HilBench.Pcie;

namespace HilBench.TranslationAgent.Tests;

/// <summary>The way to the device, ending in a list.</summary>
internal sealed class RecordingPort : ITlpPort
{
    public List<(byte[] Tlp, DownstreamClass Order)> Sent { get; } = [];

    public void Send(ReadOnlySpan<byte> tlp, DownstreamClass order) => Sent.Add((tlp.ToArray(), order));

    /// <summary>The Invalidate Requests that were sent, in order.</summary>
    public IReadOnlyList<(int ITag, ulong Payload, Pasid? Pasid)> Invalidations()
    {
        var list = new List<(int, ulong, Pasid?)>();
        foreach (var (bytes, order) in Sent.Where(sent => sent.Order == DownstreamClass.InvalidateRequest))
        {
            Assert.That(TlpView.TryRead(bytes, out var tlp, out _), Is.True);
            Assert.That(tlp.Kind, Is.EqualTo(TlpKind.InvalidateRequest));
            Assert.That(AtsPayload.TryRead(tlp.Payload, out var payload), Is.True);
            list.Add((tlp.ITag.Value, payload, tlp.HasPasid ? tlp.Prefix.Pasid : null));
        }

        return list;
    }
}
