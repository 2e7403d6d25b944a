namespace HilBench.Scenarios;

/// <summary>One thing that can happen next.</summary>
/// <param name="Kind">What.</param>
/// <param name="First">Number of the thread, or lane.</param>
/// <param name="Second">The other lane of <see cref="MoveKind.DeliverTwo"/>.</param>
internal readonly record struct Move(MoveKind Kind, byte First, byte Second = 0)
{
    /// <summary>The lane of a delivery.</summary>
    public DeliveryLane Lane => (DeliveryLane)First;

    /// <summary>The lane that follows.</summary>
    public DeliveryLane NextLane => (DeliveryLane)Second;
}
