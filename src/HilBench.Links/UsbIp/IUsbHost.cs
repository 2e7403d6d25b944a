namespace HilBench.Links.UsbIp;

/// <summary>The host that a simulated device is attached to.</summary>
internal interface IUsbHost
{
    /// <summary>A transfer is over. Called with the device's gate taken.</summary>
    /// <param name="sequence">The host's number of the transfer.</param>
    /// <param name="status">0, or a negative error of Linux.</param>
    /// <param name="data">What goes to the host.</param>
    /// <param name="actualLength">Bytes moved in either direction.</param>
    void Complete(uint sequence, int status, ReadOnlySpan<byte> data, int actualLength);

    /// <summary>The device is pulled out.</summary>
    void Unplug();
}
