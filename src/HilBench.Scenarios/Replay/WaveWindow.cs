using HilBench.Devices;
using HilBench.Journal;

namespace HilBench.Scenarios;

/// <summary>A device whose waves are recorded from a cycle on: a wave of everything is long and slow.</summary>
internal sealed class WaveWindow : IDevice
{
    private readonly IWaveDevice _device;
    private readonly string _path;
    private readonly ulong _from;
    private bool _isOn;

    /// <summary>Wraps a device.</summary>
    /// <param name="device">Owned from now on.</param>
    /// <param name="path">The file.</param>
    /// <param name="fromCycle">Cycles from now.</param>
    /// <exception cref="InputException">The device cannot record waves.</exception>
    public WaveWindow(IDevice device, string path, ulong fromCycle)
    {
        _device = device as IWaveDevice ?? throw new InputException(
            $"{device.Description.Name} records no waves", "Leave --wave out, or replay on rtl: with --device.");
        _path = path;
        _from = device.Cycles + fromCycle;
    }

    public DeviceDescription Description => _device.Description;

    public ulong Cycles => _device.Cycles;

    public void Reset(ResetKind kind) => _device.Reset(kind);

    public void Send(ReadOnlySpan<byte> tlp, ulong notBefore) => _device.Send(tlp, notBefore);

    public void Run(ulong untilCycle, ulong lingerCycles)
    {
        if (!_isOn && _device.Cycles >= _from)
        {
            _isOn = _device.TryStartWave(_path) ? true : throw new BenchException(
                BenchLayer.Device, $"no wave can be recorded in '{_path}'", "Build the device with waves, and name a place that you may write to.");
        }

        _device.Run(untilCycle, lingerCycles);
    }

    public bool TryReceive(out ReadOnlySpan<byte> tlp, out ulong cycle) => _device.TryReceive(out tlp, out cycle);

    public void Dispose()
    {
        if (_isOn)
        {
            _device.StopWave();
        }

        _device.Dispose();
    }
}
