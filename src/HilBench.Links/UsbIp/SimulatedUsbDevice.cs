using System.Buffers.Binary;
using System.Text;
using HilBench.Journal;
using HilBench.Links.UsbIp;

namespace HilBench.Links;

/// <summary>
/// A USB 2.0 device of high speed that exists in this process only: descriptors, standard requests and endpoints. A
/// <see cref="UsbIpServer"/> shows it to the USB stack of a real kernel. Source: USB 2.0, chapter 9.
/// </summary>
public abstract class SimulatedUsbDevice : IDisposable
{
    /// <summary>What <see cref="ClassRequest"/> returns for a request that it does not know: the host sees STALL.</summary>
    protected const int Refused = -1;

    private const byte QualifierType = 6;
    private const int EnglishUs = 0x0409;

    private readonly byte[] _device;
    private readonly byte[] _configuration;
    private readonly string[] _strings;
    private IUsbHost? _host;
    private bool _isUnplugged;

    /// <summary>Makes a device that is not attached.</summary>
    /// <param name="device">The device descriptor, 18 bytes.</param>
    /// <param name="configuration">The only configuration with its interfaces and endpoints.</param>
    /// <param name="strings">The strings, from index 1 on.</param>
    protected SimulatedUsbDevice(ReadOnlySpan<byte> device, ReadOnlySpan<byte> configuration, params string[] strings)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(device.Length, 18);
        _device = device.ToArray();
        _configuration = configuration.ToArray();
        _strings = strings;
    }

    /// <summary>bConfigurationValue of the configuration that the host has set; 0: none.</summary>
    public byte Configuration { get; private set; }

    /// <summary>Whether a host has it now.</summary>
    public bool IsAttached
    {
        get
        {
            lock (Gate)
            {
                return _host is not null;
            }
        }
    }

    /// <summary>The device descriptor.</summary>
    internal ReadOnlySpan<byte> DeviceDescriptor => _device;

    /// <summary>The configuration descriptor with all that belongs to it.</summary>
    internal ReadOnlySpan<byte> ConfigurationDescriptor => _configuration;

    internal byte InterfaceCount => _configuration[4];

    /// <summary>Held by whoever looks at an endpoint; pulsed when something happened.</summary>
    internal object Gate { get; } = new();

    /// <summary>The endpoints beside endpoint 0.</summary>
    protected abstract ReadOnlySpan<UsbEndpoint> Endpoints { get; }

    /// <summary>Pulls the device out of its host, for good.</summary>
    public void Unplug()
    {
        IUsbHost? host;
        lock (Gate)
        {
            host = _host;
            _isUnplugged = true;
            Monitor.PulseAll(Gate);
        }

        host?.Unplug();
    }

    /// <inheritdoc cref="Unplug"/>
    public void Dispose()
    {
        Unplug();
        GC.SuppressFinalize(this);
    }

    /// <summary>An endpoint refuses all transfers until the host clears the halt.</summary>
    /// <param name="address">bEndpointAddress.</param>
    public void Halt(byte address)
    {
        lock (Gate)
        {
            Endpoint(address)?.Halt();
        }
    }

    /// <summary>A class or vendor request.</summary>
    /// <param name="setup">The request.</param>
    /// <param name="data">Its data stage when that goes to the device.</param>
    /// <param name="answer">Its data stage when that goes to the host; as long as the host takes.</param>
    /// <returns>Bytes of the answer, or <see cref="Refused"/>.</returns>
    protected virtual int ClassRequest(UsbSetup setup, ReadOnlySpan<byte> data, Span<byte> answer) => Refused;

    /// <summary>False: another host has it, or it is unplugged.</summary>
    internal bool TryAttach(IUsbHost host)
    {
        lock (Gate)
        {
            if (_host is not null || _isUnplugged)
            {
                return false;
            }

            _host = host;
            foreach (var endpoint in Endpoints)
            {
                endpoint.Attach(host);
            }

            return true;
        }
    }

    internal void Detach()
    {
        lock (Gate)
        {
            _host = null;
            Configuration = 0;
            foreach (var endpoint in Endpoints)
            {
                endpoint.Detach();
            }

            Monitor.PulseAll(Gate);
        }
    }

    internal void ThrowIfUnplugged(string name)
    {
        if (_isUnplugged)
        {
            throw new BenchException(BenchLayer.Cable, $"{name}: the simulated board was unplugged", "Start it again.");
        }
    }

    /// <summary>A transfer of the host to another endpoint than 0, with the gate taken.</summary>
    internal void Submit(uint sequence, byte address, ReadOnlySpan<byte> data, int length)
    {
        if (Endpoint(address) is not { } endpoint)
        {
            _host?.Complete(sequence, UsbIpMessages.Stalled, [], 0);
            return;
        }

        endpoint.Submit(sequence, data, length);
        Monitor.PulseAll(Gate);
    }

    internal bool TryUnlink(uint sequence)
    {
        foreach (var endpoint in Endpoints)
        {
            if (endpoint.TryUnlink(sequence))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A transfer of the host to endpoint 0, with the gate taken.</summary>
    /// <returns>Bytes of the answer, or a negative error of Linux.</returns>
    internal int Control(UsbSetup setup, ReadOnlySpan<byte> data, Span<byte> answer)
    {
        var isStandard = (setup.RequestType & 0x60) == 0;
        var length = isStandard ? StandardRequest(setup, answer) : ClassRequest(setup, data, answer);
        Monitor.PulseAll(Gate);
        return length < 0 ? UsbIpMessages.Stalled : length;
    }

    private int StandardRequest(UsbSetup setup, Span<byte> answer)
    {
        switch (setup.Request)
        {
            case 0 when answer.Length >= 2: // GET_STATUS
                BinaryPrimitives.WriteUInt16LittleEndian(answer, IsEndpoint(setup, out var asked) && asked.IsHalted ? (ushort)1 : (ushort)0);
                return 2;
            case 1 when IsEndpoint(setup, out var cleared): // CLEAR_FEATURE
                cleared.ClearHalt();
                return 0;
            case 3 when IsEndpoint(setup, out var halted): // SET_FEATURE
                halted.Halt();
                return 0;
            case 1 or 3: // remote wake-up and the like: taken, without meaning here
                return 0;
            case 6: // GET_DESCRIPTOR
                return Descriptor(setup, answer);
            case 8 when answer.Length >= 1: // GET_CONFIGURATION
                answer[0] = Configuration;
                return 1;
            case 9: // SET_CONFIGURATION
                Configuration = (byte)setup.Value;
                return 0;
            case 10 when answer.Length >= 1: // GET_INTERFACE
                answer[0] = 0;
                return 1;
            case 11 when setup.Value == 0: // SET_INTERFACE
                return 0;
            default:
                return Refused;
        }
    }

    private int Descriptor(UsbSetup setup, Span<byte> answer)
    {
        var index = setup.Value & 0xFF;
        ReadOnlySpan<byte> found = (setup.Value >> 8) switch
        {
            1 => _device,
            2 when index == 0 => _configuration,
            3 when index == 0 => [4, 3, EnglishUs & 0xFF, EnglishUs >> 8],
            3 when index <= _strings.Length => StringDescriptor(_strings[index - 1]),
            QualifierType => [10, QualifierType, .. _device.AsSpan(2, 6), 1, 0],
            _ => [],
        };
        var length = Math.Min(found.Length, answer.Length);
        found[..length].CopyTo(answer);
        return found.IsEmpty ? Refused : length;
    }

    private static byte[] StringDescriptor(string text)
    {
        const int CharactersMax = 126;
        var characters = Encoding.Unicode.GetBytes(text.Length > CharactersMax ? text[..CharactersMax] : text);
        return [(byte)(2 + characters.Length), 3, .. characters];
    }

    private bool IsEndpoint(UsbSetup setup, out UsbEndpoint endpoint)
    {
        endpoint = null!;
        if ((setup.RequestType & 0x1F) == 2 && Endpoint((byte)setup.Index) is { } found)
        {
            endpoint = found;
            return true;
        }

        return false;
    }

    private UsbEndpoint? Endpoint(byte address)
    {
        foreach (var endpoint in Endpoints)
        {
            if (endpoint.Address == address)
            {
                return endpoint;
            }
        }

        return null;
    }
}
