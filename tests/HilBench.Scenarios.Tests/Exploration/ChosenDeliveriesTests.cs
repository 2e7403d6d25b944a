using HilBench.Devices;
using HilBench.Pcie;

namespace HilBench.Scenarios.Tests;

/// <summary>Which TLP may arrive next when nobody but PCIe says so.</summary>
public sealed class ChosenDeliveriesTests
{
    private static readonly byte[] _tlp = new byte[16];

    [Test]
    public void A_posted_request_passes_what_is_not_posted()
    {
        using var device = new ModelDevice();
        var link = new ChosenDeliveries(device);
        link.Send(_tlp, DownstreamClass.NonPosted);
        link.Send(_tlp, DownstreamClass.ReadCompletion);
        link.Send(_tlp, DownstreamClass.InvalidateRequest);

        Assert.That(link.DownLanes, Is.EqualTo(Bits(DeliveryLane.Request, DeliveryLane.Completion, DeliveryLane.Posted)));
    }

    [Test]
    public void Nothing_passes_a_posted_request()
    {
        using var device = new ModelDevice();
        var link = new ChosenDeliveries(device);
        link.Send(_tlp, DownstreamClass.InvalidateRequest);
        link.Send(_tlp, DownstreamClass.Posted);
        link.Send(_tlp, DownstreamClass.TranslationCompletion);
        link.Send(_tlp, DownstreamClass.NonPosted);

        Assert.That(link.DownLanes, Is.EqualTo(Bits(DeliveryLane.Posted)));
        Assert.That(link.DownLanesAfter(DeliveryLane.Posted), Is.EqualTo(Bits(DeliveryLane.Posted)));
    }

    [Test]
    public void Completions_of_reads_and_of_translations_pass_each_other_but_not_their_like()
    {
        using var device = new ModelDevice();
        var link = new ChosenDeliveries(device);
        link.Send(_tlp, DownstreamClass.ReadCompletion);
        link.Send(_tlp, DownstreamClass.TranslationCompletion);
        link.Send(_tlp, DownstreamClass.ReadCompletion);

        Assert.That(link.DownLanes, Is.EqualTo(Bits(DeliveryLane.Completion, DeliveryLane.Translation)));
        Assert.That(link.DownLanesAfter(DeliveryLane.Completion), Is.EqualTo(Bits(DeliveryLane.Completion, DeliveryLane.Translation)));
    }

    private static uint Bits(params DeliveryLane[] lanes) => lanes.Aggregate(0u, (bits, lane) => bits | 1u << (int)lane);
}
