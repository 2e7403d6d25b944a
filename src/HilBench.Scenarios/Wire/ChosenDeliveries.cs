using HilBench.Devices;
using HilBench.Journal;
using HilBench.Pcie;

namespace HilBench.Scenarios;

/// <summary>
/// The link when somebody else than time decides: TLPs wait in both directions until they are told to arrive, in any order
/// that PCIe allows. What arrives at the device is followed by as many cycles as the device needs to come to rest.
/// </summary>
/// <remarks>
/// Orders of the host's TLPs are those of <see cref="Wire"/>. Of the device's TLPs posted ones pass requests and completions that
/// were sent before; nothing else passes anything.
/// </remarks>
internal sealed class ChosenDeliveries
{
    /// <summary>Cycles after which a device must have answered all that it can; a simulated device at rest skips them.</summary>
    public const ulong QuantumCycles = 2048;
    private const int QuantaMax = 64;
    private readonly IDevice _device;
    private readonly List<Packet> _down = [];
    private readonly List<Packet> _up = [];
    private readonly GivenTlps _given = new();

    public ChosenDeliveries(IDevice device) => _device = device;

    /// <summary>Changes whenever the device's state may have.</summary>
    public long DeviceVersion { get; private set; }

    /// <summary>Whether a TLP was handed to the device that has not run since.</summary>
    public bool IsHeld { get; private set; }

    /// <summary>TLPs that wait for the device.</summary>
    public int DownCount => _down.Count;

    /// <summary>TLPs that wait for the host.</summary>
    public int UpCount => _up.Count;

    /// <summary>Takes a TLP of the host.</summary>
    public void Send(ReadOnlySpan<byte> tlp, DownstreamClass order) => _down.Add(new Packet(tlp.ToArray(), LaneOf(order), order));

    /// <summary>The lanes, as bits, whose first TLP may reach the device next.</summary>
    public uint DownLanes => LanesOf(_down, without: -1);

    /// <summary>The lanes, as bits, whose first TLP may reach the host next.</summary>
    public uint UpLanes => LanesOf(_up, without: -1);

    /// <summary>The lanes whose first TLP may reach the device once the first of a lane has.</summary>
    public uint DownLanesAfter(DeliveryLane lane) => LanesOf(_down, _down.FindIndex(packet => packet.Lane == lane));

    /// <summary>The first TLP of a lane to the device.</summary>
    public ReadOnlySpan<byte> FirstDown(DeliveryLane lane) => _down[_down.FindIndex(packet => packet.Lane == lane)].Tlp;

    /// <summary>The class of the first TLP of a lane to the device.</summary>
    public DownstreamClass PeekOrder(DeliveryLane lane) => _down[_down.FindIndex(packet => packet.Lane == lane)].Order;

    /// <summary>The first TLP of a lane to the host.</summary>
    public ReadOnlySpan<byte> FirstUp(DeliveryLane lane) => _up[_up.FindIndex(packet => packet.Lane == lane)].Tlp;

    /// <summary>Hands the first TLP of a lane to the device, and lets it run unless another one follows at once.</summary>
    public void Deliver(DeliveryLane lane, bool isFollowed)
    {
        var place = _down.FindIndex(packet => packet.Lane == lane);
        Invariant.Holds(place >= 0 && (DownLanes >> (int)lane & 1) != 0);
        var packet = _down[place];
        _down.RemoveAt(place);
        _given.Add(packet.Tlp, isFollowed);
        _device.Send(packet.Tlp, _device.Cycles);
        DeviceVersion++;
        IsHeld = isFollowed;
        if (!isFollowed)
        {
            RunToRest();
        }
    }

    /// <summary>Takes the first TLP of a lane off the link, for the host.</summary>
    public byte[] Take(DeliveryLane lane)
    {
        var place = _up.FindIndex(packet => packet.Lane == lane);
        Invariant.Holds(place >= 0 && (UpLanes >> (int)lane & 1) != 0);
        var packet = _up[place];
        _up.RemoveAt(place);
        return packet.Tlp;
    }

    private void RunToRest()
    {
        for (var quanta = 0; quanta < QuantaMax; quanta++)
        {
            _device.Run(_device.Cycles + QuantumCycles, ulong.MaxValue);
            var isAny = false;
            while (_device.TryReceive(out var tlp, out _))
            {
                isAny = true;
                _up.Add(new Packet(tlp.ToArray(), LaneOf(tlp), DownstreamClass.Posted));
            }

            if (!isAny)
            {
                return;
            }
        }

        throw new BenchException(
            BenchLayer.Device, "the device sends without end", "An exploration needs a device that comes to rest when nothing reaches it.");
    }

    private static uint LanesOf(List<Packet> packets, int without)
    {
        var lanes = 0u;
        var seen = 0u;
        for (var i = 0; i < packets.Count; i++)
        {
            if (i == without)
            {
                continue;
            }

            var packet = packets[i];
            var bit = 1u << (int)packet.Lane;
            var blocking = packet.Lane == DeliveryLane.Posted ? bit : bit | 1u << (int)DeliveryLane.Posted;
            lanes |= (seen & blocking) == 0 ? bit : 0;
            seen |= bit;
        }

        return lanes;
    }

    private static DeliveryLane LaneOf(DownstreamClass order) => order switch
    {
        DownstreamClass.NonPosted => DeliveryLane.Request,
        DownstreamClass.ReadCompletion => DeliveryLane.Completion,
        DownstreamClass.TranslationCompletion => DeliveryLane.Translation,
        _ => DeliveryLane.Posted,
    };

    private static DeliveryLane LaneOf(ReadOnlySpan<byte> tlp) => !TlpView.TryRead(tlp, out var view, out _) ? DeliveryLane.Posted
        : view.IsCompletion ? DeliveryLane.Completion
        : view.IsMessage || view.Kind == TlpKind.MemoryWrite ? DeliveryLane.Posted
        : DeliveryLane.Request;

    private sealed record Packet(byte[] Tlp, DeliveryLane Lane, DownstreamClass Order);

    /// <summary>
    /// All that the device was given, as a hash: a device does the same after the same deliveries, so that this stands for its state.
    /// </summary>
    internal sealed class GivenTlps
    {
        private ulong _low = 0x6A09E667F3BCC908;
        private ulong _high = 0xBB67AE8584CAA73B;

        /// <summary>One more.</summary>
        public void Add(ReadOnlySpan<byte> tlp, bool isFollowed)
        {
            Mix((ulong)tlp.Length << 1 | (isFollowed ? 1UL : 0));
            foreach (var single in tlp)
            {
                Mix(single);
            }
        }

        private void Mix(ulong value)
        {
            _low = (_low ^ value) * 0x9E3779B97F4A7C15;
            _low ^= _low >> 29;
            _high = (_high + value) * 0xD6E8FEB86659FD93;
            _high ^= _high >> 32;
        }
    }
}
