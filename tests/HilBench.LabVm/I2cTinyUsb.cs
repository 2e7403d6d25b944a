using System.Buffers.Binary;
using HilBench.Links;

namespace HilBench.LabVm;

/// <summary>
/// The USB-to-I2C adapter i2c-tiny-usb with one INA219 behind it, for the kernel's driver of that name.
/// Source: Linux, drivers/i2c/busses/i2c-tiny-usb.c.
/// </summary>
internal sealed class I2cTinyUsb(Ina219Model sensor) : SimulatedUsbDevice(MakeDevice(), MakeConfiguration(), "HilBench", "i2c-tiny-usb", "GEAR")
{
    private const byte ReadFunctions = 1;       // CMD_GET_FUNC
    private const byte SetDelay = 2;            // CMD_SET_DELAY
    private const byte ReadStatus = 3;          // CMD_GET_STATUS
    private const byte Transfer = 4;            // CMD_I2C_IO, +1 with a start before it, +2 with a stop behind it
    private const uint Functions = 0x0EFF_0001; // I2C_FUNC_I2C, I2C_FUNC_SMBUS_EMUL without PEC
    private const byte Acknowledged = 1;        // STATUS_ADDRESS_ACK
    private const byte NotAcknowledged = 2;     // STATUS_ADDRESS_NAK

    private byte _status;

    protected override ReadOnlySpan<UsbEndpoint> Endpoints => [];

    protected override int ClassRequest(UsbSetup setup, ReadOnlySpan<byte> data, Span<byte> answer)
    {
        switch (setup.Request)
        {
            case ReadFunctions when answer.Length >= sizeof(uint):
                BinaryPrimitives.WriteUInt32LittleEndian(answer, Functions);
                return sizeof(uint);
            case SetDelay:
                return 0;
            case ReadStatus when answer.Length >= 1:
                answer[0] = _status;
                return 1;
            case >= Transfer and < Transfer + 4:
                return Move(setup, data, answer);
            default:
                return Refused;
        }
    }

    // wIndex: the address. Reads of an address that nobody has find a bus that is high.
    private int Move(UsbSetup setup, ReadOnlySpan<byte> data, Span<byte> answer)
    {
        var isThere = setup.Index == Ina219Model.Address;
        _status = isThere ? Acknowledged : NotAcknowledged;
        if (!setup.IsIn)
        {
            if (isThere)
            {
                sensor.Write(data);
            }

            return 0;
        }

        answer.Fill(0xFF);
        if (isThere)
        {
            sensor.Read(answer);
        }

        return answer.Length;
    }

    private static byte[] MakeDevice() =>
        [18, 1, 0x00, 0x02, 0xFF, 0, 0, 64, 0x03, 0x04, 0x31, 0xC6, 0x00, 0x02, 1, 2, 3, 1]; // 0403:c631

    private static byte[] MakeConfiguration() =>
        [9, 2, 18, 0, 1, 1, 0, 0x80, 50, 9, 4, 0, 0, 0, 0xFF, 0, 0, 0]; // one interface without endpoints
}
