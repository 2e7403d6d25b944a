namespace HilBench.Devices;

/// <summary>
/// The process of a device is gone: it crashed, hung, or wrote what is no record. The device is what is wrong, not the bench;
/// it can be opened again.
/// </summary>
/// <param name="what">What happened, one clause without a full stop.</param>
/// <param name="advice">What to do about it, whole sentences.</param>
public sealed class DeviceLostException(string what, string advice) : DeviceException(what, advice);
