using HilBench.Devices;
using HilBench.Journal;

namespace HilBench.Scenarios;

/// <summary>What stands around a device on the bench: told when it is opened, asked when it hangs.</summary>
public interface IDeviceCare
{
    /// <summary>Whether a device that hangs can be brought back.</summary>
    bool CanRevive { get; }

    /// <summary>The device was opened.</summary>
    void Opened(IDevice device);

    /// <summary>Brings a device back that hangs; it was disposed before, and is opened again after.</summary>
    /// <param name="scenario">In which it hung.</param>
    /// <exception cref="BenchException">It does not come back.</exception>
    void Revive(string scenario);
}
