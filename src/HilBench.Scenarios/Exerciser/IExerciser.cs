using HilBench.Pcie;

namespace HilBench.Scenarios;

/// <summary>Makes a device do DMA. A device whose registers differ from docs/exerciser.md needs an exerciser of its own.</summary>
public interface IExerciser
{
    /// <summary>Operations that may run at once, at most 64.</summary>
    int Slots { get; }

    /// <summary>Operations that run.</summary>
    int Running { get; }

    /// <summary>Starts an operation; journals CommandStarted, and CommandFinished when it ends.</summary>
    /// <returns>Its slot; -1 when all are busy.</returns>
    int TryStart(in DmaRequest request);

    /// <summary>Whether the operation of a slot still runs.</summary>
    bool IsRunning(int slot);

    /// <summary>How the last operation of a slot ended.</summary>
    DmaResult ResultOf(int slot);

    /// <summary>Cycles after which the device gives up a Translation Request that has no answer; 0: never.</summary>
    void SetTranslationTimeout(int cycles);

    /// <summary>Lets the device pause before each TLP it sends, so that its transmit queue fills up.</summary>
    void SetTransmitGap(int cycles);

    /// <summary>Ends all operations of a PASID; the function then sends a Stop Marker for it.</summary>
    void StopPages(Pasid pasid, int function);

    /// <summary>A function was reset: its operations are forgotten, without a record.</summary>
    void Forget(int function);

    /// <summary>The device was reset: nothing runs.</summary>
    void Reset();
}
