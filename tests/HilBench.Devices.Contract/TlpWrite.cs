namespace HilBench.Devices.Contract;

/// <summary>Writes one TLP and returns its size in bytes.</summary>
public delegate int TlpWrite(Span<byte> destination);
