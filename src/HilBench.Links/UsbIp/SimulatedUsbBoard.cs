using System.Buffers.Binary;

namespace HilBench.Links;

/// <summary>
/// A complete board on USB: a vendor-specific interface with two bulk endpoints (<c>usb:</c>) and a serial port (CDC-ACM,
/// <c>/dev/ttyACM0</c>), both leading to the same board. It answers where it was spoken to last.
/// </summary>
public sealed class SimulatedUsbBoard : SimulatedUsbDevice
{
    private const byte SetLineCoding = 0x20;
    private const byte GetLineCoding = 0x21;
    private const byte SetControlLineState = 0x22;
    private const byte SendBreak = 0x23;
    private const int LineCodingBytes = 7;
    private const int NotificationBytes = 10;

    private readonly UsbInEndpoint _notices = new(0x82, NotificationBytes);
    private readonly UsbEndpoint[] _endpoints;
    private readonly byte[] _lineCoding = [0x00, 0xC2, 0x01, 0x00, 0, 0, 8]; // 115200 8N1

    /// <summary>Makes a board that is not attached.</summary>
    /// <param name="product">What it calls itself.</param>
    /// <param name="serial">Its serial number.</param>
    public SimulatedUsbBoard(string product, string serial)
        : base(MakeDevice(), MakeConfiguration(), "HilBench", product, serial, "HilBench link", "HilBench serial port")
    {
        var bulk = (In: new UsbInEndpoint(0x81), Out: new UsbOutEndpoint(0x01));
        var port = (In: new UsbInEndpoint(0x83), Out: new UsbOutEndpoint(0x03));
        _endpoints = [bulk.Out, bulk.In, _notices, port.Out, port.In];
        Bulk = new UsbPipe(this, $"usb board {serial}, bulk", bulk.In, bulk.Out);
        Serial = new UsbPipe(this, $"usb board {serial}, serial port", port.In, port.Out);
        Carrier = new EitherPipe(this);
    }

    /// <summary>The board's end of the vendor-specific interface.</summary>
    public UsbPipe Bulk { get; }

    /// <summary>The board's end of the serial port.</summary>
    public UsbPipe Serial { get; }

    /// <summary>The board's end of both: reads from either, writes to the one that spoke last.</summary>
    public ICarrier Carrier { get; }

    /// <summary>What the host has asked of the serial port.</summary>
    public UsbLineState Line { get; private set; } = new(115_200, 8, IsReady: false, RequestsToSend: false);

    /// <summary>Told on the server's thread when the host sets baud rate or modem lines.</summary>
    public Action<UsbLineState> LineChanged { get; set; } = _ => { };

    /// <summary>Told on the server's thread when the host sends a break.</summary>
    public Action BreakSent { get; set; } = () => { };

    /// <inheritdoc/>
    protected override ReadOnlySpan<UsbEndpoint> Endpoints => _endpoints;

    /// <inheritdoc/>
    protected override int ClassRequest(UsbSetup setup, ReadOnlySpan<byte> data, Span<byte> answer)
    {
        switch (setup.RequestType, setup.Request)
        {
            case (0x21, SetLineCoding) when data.Length >= LineCodingBytes:
                data[..LineCodingBytes].CopyTo(_lineCoding);
                SetLine(Line with { Baud = BinaryPrimitives.ReadUInt32LittleEndian(data), DataBits = data[6] });
                return 0;
            case (0xA1, GetLineCoding):
                var length = Math.Min(answer.Length, LineCodingBytes);
                _lineCoding.AsSpan(0, length).CopyTo(answer);
                return length;
            case (0x21, SetControlLineState):
                SetLine(Line with { IsReady = (setup.Value & 1) != 0, RequestsToSend = (setup.Value & 2) != 0 });
                // SERIAL_STATE: carrier and data set ready follow DTR.
                _notices.Write([0xA1, 0x20, 0, 0, 1, 0, 2, 0, (byte)(Line.IsReady ? 3 : 0), 0]);
                return 0;
            case (0x21, SendBreak):
                BreakSent();
                return 0;
            default:
                return Refused;
        }
    }

    private void SetLine(UsbLineState line)
    {
        Line = line;
        LineChanged(line);
    }

    private static byte[] MakeDevice() =>
    [
        18, 1, 0x00, 0x02, // USB 2.0
        0xEF, 2, 1, // interfaces are told apart by association descriptors
        64,
        UsbSelector.UsualVendorId & 0xFF, UsbSelector.UsualVendorId >> 8, UsbSelector.UsualProductId & 0xFF, UsbSelector.UsualProductId >> 8,
        0x00, 0x01, // release 1.00
        1, 2, 3, // strings: manufacturer, product, serial number
        1,
    ];

    private static byte[] MakeConfiguration()
    {
        byte[] interfaces =
        [
            9, 4, 0, 0, 2, 0xFF, 0x48, 0x01, 4, // vendor-specific
            .. Endpoint(0x01, 2, 512, 0),
            .. Endpoint(0x81, 2, 512, 0),
            8, 11, 1, 2, 2, 2, 0, 5, // interfaces 1 and 2 belong together
            9, 4, 1, 0, 1, 2, 2, 0, 5, // communication, abstract control model
            5, 0x24, 0, 0x10, 0x01, // CDC 1.10
            5, 0x24, 1, 0, 2, // no call management; data interface 2
            4, 0x24, 2, 0x06, // line coding, line state, break
            5, 0x24, 6, 1, 2, // union
            .. Endpoint(0x82, 3, 16, 9), // every 32 ms
            9, 4, 2, 0, 2, 10, 0, 0, 0, // data
            .. Endpoint(0x03, 2, 512, 0),
            .. Endpoint(0x83, 2, 512, 0),
        ];
        var total = 9 + interfaces.Length;
        return [9, 2, (byte)total, (byte)(total >> 8), 3, 1, 0, 0x80, 50, .. interfaces];
    }

    private static byte[] Endpoint(byte address, byte type, ushort packetBytes, byte interval) =>
        [7, 5, address, type, (byte)packetBytes, (byte)(packetBytes >> 8), interval];

    /// <summary>Both pipes as one carrier.</summary>
    private sealed class EitherPipe(SimulatedUsbBoard board) : ICarrier
    {
        private UsbPipe _last = board.Bulk;

        public string Name => _last.Name;

        public CarrierAbilities Abilities => CarrierAbilities.None;

        public void Write(ReadOnlySpan<byte> bytes, Deadline deadline) => _last.Write(bytes, deadline);

        public int Read(Span<byte> buffer, Deadline deadline)
        {
            lock (board.Gate)
            {
                while (true)
                {
                    // The one that did not speak last comes first, so that neither starves.
                    var other = _last == board.Bulk ? board.Serial : board.Bulk;
                    _last = other.HasBytes ? other : _last;
                    if (_last.HasBytes)
                    {
                        return _last.Take(buffer);
                    }

                    board.ThrowIfUnplugged(Name);
                    if (!Monitor.Wait(board.Gate, deadline.Left) && deadline.HasPassed)
                    {
                        return 0;
                    }
                }
            }
        }

        public void Dispose() => board.Unplug();
    }
}
