namespace HilBench.Devices;

/// <summary>A device could not be opened.</summary>
/// <param name="what">What happened, one clause without a full stop.</param>
/// <param name="advice">What to do about it, whole sentences.</param>
/// <param name="cause">What lies behind it.</param>
public sealed class DeviceOpenException(string what, string advice, Exception? cause = null)
    : DeviceException(what, advice, cause);
