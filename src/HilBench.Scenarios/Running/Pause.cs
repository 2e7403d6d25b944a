using HilBench.Notifiers;

namespace HilBench.Scenarios;

/// <summary>Why a step lets others run, and where it stands.</summary>
/// <param name="Kind">Why.</param>
/// <param name="At">Where; nothing where the step is not one of a CPU or a client.</param>
internal readonly record struct Pause(PauseKind Kind, PreemptionPoint At = default)
{
    /// <summary>Only the device can help.</summary>
    public static Pause Device => new(PauseKind.Device);

    /// <summary>The pause that a point of the kernel or of a client means.</summary>
    public static Pause Of(PreemptionPoint point) => new(
        point.Kind switch
        {
            PreemptionKind.WaitForDevice => PauseKind.Device,
            PreemptionKind.LockWait or PreemptionKind.SynchronizeWait => PauseKind.Lock,
            _ => PauseKind.Preempt,
        },
        point);
}
