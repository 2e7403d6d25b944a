namespace HilBench.Links;

/// <summary>What a host has asked of the serial port of a simulated USB board. Source: USB CDC PSTN 1.2, 6.3.</summary>
/// <param name="Baud">Bits each second (dwDTERate).</param>
/// <param name="DataBits">bDataBits.</param>
/// <param name="IsReady">DTR: a program has the port open.</param>
/// <param name="RequestsToSend">RTS.</param>
public readonly record struct UsbLineState(uint Baud, byte DataBits, bool IsReady, bool RequestsToSend)
{
    /// <summary>For people.</summary>
    public override string ToString() => $"{Baud} baud, {DataBits} bits, DTR {OnOff(IsReady)}, RTS {OnOff(RequestsToSend)}";

    private static string OnOff(bool isOn) => isOn ? "on" : "off";
}
