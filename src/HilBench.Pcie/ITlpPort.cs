namespace HilBench.Pcie;

/// <summary>Where the host side hands over TLPs on their way to the device.</summary>
public interface ITlpPort
{
    /// <summary>Sends one TLP.</summary>
    /// <param name="tlp">Wire order, prefixes first. Copied.</param>
    /// <returns>False when there is no room now; nothing was taken.</returns>
    bool TrySend(ReadOnlySpan<byte> tlp);
}
