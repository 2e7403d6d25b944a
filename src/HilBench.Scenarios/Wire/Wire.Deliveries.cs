using HilBench.Journal;
using HilBench.Pcie;

namespace HilBench.Scenarios;

/// <summary>The wire when TLPs arrive in an order that somebody chooses.</summary>
public sealed partial class Wire
{
    /// <summary>What waits on the link; null while time decides.</summary>
    internal ChosenDeliveries? Deliveries { get; private set; }

    /// <summary>From now on TLPs arrive only when they are told to. Nothing may be under way.</summary>
    internal void BeginChoices()
    {
        // What was handed over ahead of its time has arrived.
        RunFor((ulong)Timing.LatencyCycles + ChosenDeliveries.QuantumCycles);
        Invariant.Holds(_pendingCount == 0 && _held.Count == 0 && _handedOver.Count == 0);
        Deliveries = new ChosenDeliveries(_device);
    }

    /// <summary>The first TLP of a lane reaches the device.</summary>
    /// <param name="lane">One of <see cref="ChosenDeliveries.DownLanes"/>.</param>
    /// <param name="isFollowed">Whether another one reaches it before it has done anything.</param>
    internal void Deliver(DeliveryLane lane, bool isFollowed)
    {
        Now = Math.Max(Now, DeviceNow);
        if (Deliveries!.PeekOrder(lane) is not (DownstreamClass.Posted or DownstreamClass.NonPosted))
        {
            _journal!.Append(JournalKind.TlpDelivered, Deliveries.FirstDown(lane));
        }

        Deliveries.Deliver(lane, isFollowed);
        Now = Math.Max(Now, DeviceNow);
    }

    /// <summary>The first TLP of a lane reaches the host, which deals with it.</summary>
    /// <param name="lane">One of <see cref="ChosenDeliveries.UpLanes"/>.</param>
    internal void Take(DeliveryLane lane)
    {
        var tlp = Deliveries!.Take(lane);
        ReceivedFromDevice++;
        _journal!.Append(JournalKind.TlpFromDevice, tlp);
        _root!.Receive(tlp);
    }

    private void RunFor(ulong cycles)
    {
        for (var until = Now + cycles; Now < until;)
        {
            Step(until);
        }
    }
}
