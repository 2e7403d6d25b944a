namespace HilBench.Devices;

/// <summary>
/// A device cannot be worked with any more. Never thrown for a device that breaks a rule of the field: that is the
/// checker's to say.
/// </summary>
/// <param name="what">What happened, one clause without a full stop.</param>
/// <param name="advice">What to do about it, whole sentences.</param>
/// <param name="cause">What lies behind it.</param>
public class DeviceException(string what, string advice, Exception? cause = null)
    : Exception($"{what}. {advice}", cause)
{
    /// <summary>What happened.</summary>
    public string What { get; } = what;

    /// <summary>What to do about it.</summary>
    public string Advice { get; } = advice;
}
