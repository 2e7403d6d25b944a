namespace HilBench.Devices;

/// <summary>The kinds of device that this version opens.</summary>
public enum DeviceScheme
{
    /// <summary><c>model:</c> the reference device in C#.</summary>
    Model,

    /// <summary><c>rtl:</c> the Verilated reference device.</summary>
    Rtl,

    /// <summary><c>rtl-uart:</c> the Verilated reference device behind the Verilated shim and its UART.</summary>
    RtlUart,

    /// <summary><c>lib:</c> a shared library of the user.</summary>
    Library,

    /// <summary><c>serial:</c>, <c>usb:</c>, <c>pcie:</c>, <c>tcp:</c>, <c>unix:</c> a board, or a simulator in another process, behind a link.</summary>
    Link,
}
