namespace HilBench.Pcie;

/// <summary>The host's way to the device: what the root port, the translation agent and the wire agree on.</summary>
public interface ITlpPort
{
    /// <summary>Puts one TLP on its way. Always accepted; delivery obeys the PCIe ordering rules.</summary>
    /// <param name="tlp">Wire order, prefixes first. Copied.</param>
    /// <param name="order">Its ordering class.</param>
    void Send(ReadOnlySpan<byte> tlp, DownstreamClass order);
}
