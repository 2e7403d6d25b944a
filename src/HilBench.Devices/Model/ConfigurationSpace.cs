using HilBench.Pcie;

namespace HilBench.Devices.Model;

/// <summary>The functions of the device, and the bus and device numbers that they share.</summary>
internal sealed class ConfigurationSpace
{
    public const int Functions = 2;

    private readonly FunctionSpace[] _functions;
    private ushort _busAndDevice;

    public ConfigurationSpace(ModelParameters parameters)
    {
        _functions = [new(hasBar: true, parameters.QueueDepth0), new(hasBar: false, parameters.QueueDepth1)];
    }

    public FunctionSpace this[int function] => _functions[function];

    public void Reset()
    {
        foreach (var function in _functions)
        {
            function.Reset();
        }

        _busAndDevice = 0;
    }

    /// <summary>Requester ID of a function.</summary>
    public RequesterId IdOf(int function) => new((ushort)(_busAndDevice | function));

    /// <summary>Takes bus and device from the Destination ID of a configuration write.</summary>
    public void Capture(RequesterId destination) => _busAndDevice = (ushort)(destination.Value & 0xFFF8);

    /// <summary>Which function an ID names; false when it is none of this device.</summary>
    public bool TryFind(RequesterId id, out int function)
    {
        function = id.Function;
        return function < Functions && id == IdOf(function);
    }

    /// <summary>The offset in BAR0 that a memory request means; false when it is for somebody else.</summary>
    public bool TryMatchBar(ulong address, out int offset)
    {
        var space = _functions[0];
        offset = (int)(address & 0xFFF);
        return space.IsMemorySpaceEnabled && !space.IsAsleep
            && address - (ulong)offset == space.Read(ConfigurationRegister.Bar0);
    }
}
