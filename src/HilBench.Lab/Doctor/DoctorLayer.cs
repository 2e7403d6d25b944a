namespace HilBench.Lab;

/// <summary>The layers between this machine and a device, in the order in which they are looked at.</summary>
public enum DoctorLayer
{
    /// <summary>The kernel's driver, or the library that the device is.</summary>
    Driver = 0,

    /// <summary>The right to open it, and nobody else who has it open.</summary>
    Permission,

    /// <summary>The cable, and something at its end.</summary>
    Cable,

    /// <summary>Frames that arrive and are answered.</summary>
    Link,

    /// <summary>A protocol version that both sides know.</summary>
    Protocol,

    /// <summary>What stands between the link and the device: the bridge, the FPGA's shim.</summary>
    Shim,

    /// <summary>The device: it has power, it is out of reset, its configuration space answers.</summary>
    Device,
}
