using HilBench.Links;
using HilBench.Links.Contract;

namespace HilBench.Devices.Tests;

/// <summary>A simulated board at the end of a simulated cable, and the host's end of it.</summary>
internal sealed class LinkedBench
{
    private readonly Func<IDevice> _make;
    private readonly BoardSimSettings? _control;
    private ushort _session = 1;

    public LinkedBench(CableFaults? faults = null, ulong seed = 1, Func<IDevice>? device = null, BoardSimSettings? control = null)
    {
        _control = control;
        _make = device ?? (() => new ModelDevice());
        Cable = new SimulatedCable(Time, faults, seed);
        StartBoard();
    }

    public VirtualTime Time { get; } = new();

    public SimulatedCable Cable { get; }

    public DeviceServer Board { get; private set; } = null!;

    /// <summary>The board forgets everything, as after a power cycle.</summary>
    public void StartBoard()
    {
        var startedUs = Time.NowUs;
        var board = Board = new DeviceServer(_make(), Cable.BoardEnd, Time, "07", control: _control);
        Cable.BoardStep = () => board.Step(Deadline.Now);
        Cable.BoardTimerUs = () => board.NextTimerUs == long.MaxValue ? long.MaxValue : startedUs + board.NextTimerUs;
    }

    public LinkDevice OpenDevice(bool takesOver = false, uint hostId = 1)
    {
        var settings = new LinkSettings { HostId = hostId, TakesOver = takesOver };
#pragma warning disable CA2000 // the device owns its link
        return LinkDevice.Open(new HostLink(Cable.HostEnd, settings, Time, _session++), Time, TimeSpan.FromSeconds(30));
#pragma warning restore CA2000
    }
}
