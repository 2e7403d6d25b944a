using HilBench.Pcie;
using HilBench.TranslationAgent;

namespace HilBench.Scenarios;

/// <summary>The configuration space of one function.</summary>
/// <param name="requests">How the host asks.</param>
/// <param name="function">The function; its Requester ID may change.</param>
public sealed class FunctionConfiguration(HostRequests requests, AgentFunction function) : IConfigurationReader
{
    /// <inheritdoc/>
    public uint Read(int offset) => requests.Read(offset, function.Id);

    /// <summary>Writes a configuration register.</summary>
    /// <param name="offset">Byte offset, a multiple of 4.</param>
    /// <param name="value">32 bits.</param>
    /// <param name="byteEnable">Which bytes.</param>
    public void Write(int offset, uint value, byte byteEnable = 0xF) => requests.Write(offset, value, byteEnable, function.Id);
}
