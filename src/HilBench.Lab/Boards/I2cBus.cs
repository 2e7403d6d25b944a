using System.Runtime.InteropServices;
using HilBench.Journal;
using HilBench.Lab.Native;
using Microsoft.Win32.SafeHandles;

namespace HilBench.Lab;

/// <summary>An I2C bus of the kernel, /dev/i2c-N. Source: Linux, Documentation/i2c/dev-interface.rst (I2C_RDWR).</summary>
internal sealed unsafe class I2cBus : II2cBus
{
    private const nuint TransferRequest = 0x0707; // I2C_RDWR
    private const ushort IsRead = 1;              // I2C_M_RD
    private readonly SafeFileHandle _bus;
    private readonly string _path;

    private I2cBus(SafeFileHandle bus, string path) => (_bus, _path) = (bus, path);

    /// <summary>Opens a bus.</summary>
    /// <exception cref="BenchException">Host or Permission: it cannot be opened.</exception>
#pragma warning disable CA2000 // the bus owns the handle
    public static I2cBus Open(string path) => new(CharacterDevice.Open(path, "Load i2c-dev (modprobe i2c-dev), and join the group i2c."), path);
#pragma warning restore CA2000

    /// <inheritdoc/>
    public void ReadRegister(int address, byte register, Span<byte> bytes)
    {
        fixed (byte* answer = bytes)
        {
            var messages = stackalloc Message[2];
            messages[0] = new Message { Address = (ushort)address, Length = 1, Bytes = &register };
            messages[1] = new Message { Address = (ushort)address, Flags = IsRead, Length = (ushort)bytes.Length, Bytes = answer };
            var transfer = new Transfer { Messages = messages, Count = 2 };
            if (LibC.ioctl(_bus, TransferRequest, &transfer) < 0)
            {
                throw new BenchException(
                    BenchLayer.Board,
                    $"{_path}: nothing answers at 0x{address:x2}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}",
                    "Check wires, pull-ups and the address in the bench file; `i2cdetect` shows who is there.");
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _bus.Dispose();

    /// <summary>struct i2c_msg.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Message
    {
        public ushort Address;
        public ushort Flags;
        public ushort Length;
        public byte* Bytes;
    }

    /// <summary>struct i2c_rdwr_ioctl_data.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Transfer
    {
        public Message* Messages;
        public uint Count;
    }
}
