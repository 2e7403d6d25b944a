// The members of LibUsbDotNet 3 that the adapter uses, over a wire in memory. Declared from the package's published API.
#pragma warning disable CS1591, CA1051, CA1707, CA1720, CA1711, CA1815, CA1032, CA1027, IDE0060, CA1822, CA1716, CA1063, CA1816, CA2000
using System.Collections.ObjectModel;
using HilBench.Vendor.Stubs;
using LibUsbDotNet.Main;

namespace LibUsbDotNet
{
    public enum Error
    {
        Success = 0,
        Access = -3,
        NoDevice = -4,
        Timeout = -7,
        Pipe = -9,
        Interrupted = -10,
    }
}

namespace LibUsbDotNet.Main
{
    public enum ReadEndpointID : byte
    {
        Ep01 = 0x81,
    }

    public enum WriteEndpointID : byte
    {
        Ep01 = 0x01,
    }
}

namespace LibUsbDotNet.LibUsb
{
    public class UsbException : Exception
    {
    }

    public interface IUsbDevice : IDisposable
    {
        bool IsOpen { get; }

        bool TryOpen();

        void Close();

        bool ClaimInterface(int interfaceID);

        bool ReleaseInterface(int interfaceID);

        UsbEndpointReader OpenEndpointReader(ReadEndpointID readEndpointID);

        UsbEndpointWriter OpenEndpointWriter(WriteEndpointID writeEndpointID);
    }

    public class UsbDevice : IUsbDevice
    {
        public static Wire Wire { get; set; } = new();

        public static bool IsAllowed { get; set; } = true;

        public byte BusNumber => 1;

        public byte Address => 2;

        public bool IsOpen { get; private set; }

        public bool TryOpen() => IsOpen = IsAllowed;

        public void Close() => IsOpen = false;

        public bool ClaimInterface(int interfaceID) => true;

        public bool ReleaseInterface(int interfaceID) => true;

        public UsbEndpointReader OpenEndpointReader(ReadEndpointID readEndpointID) => new(Wire);

        public UsbEndpointWriter OpenEndpointWriter(WriteEndpointID writeEndpointID) => new(Wire);

        public void Dispose() => Close();
    }

    public class UsbEndpointReader(Wire wire)
    {
        public virtual Error Read(byte[] buffer, int offset, int count, int timeout, out int transferLength)
        {
            var read = wire.Read(buffer.AsSpan(offset, count), timeout, atHost: true);
            transferLength = Math.Max(read, 0);
            return read switch
            {
                < 0 => Error.NoDevice,
                0 => Error.Timeout,
                _ => Error.Success,
            };
        }
    }

    public class UsbEndpointWriter(Wire wire)
    {
        public virtual Error Write(byte[] buffer, int offset, int count, int timeout, out int transferLength)
        {
            transferLength = wire.IsPulled ? 0 : count;
            wire.Write(buffer.AsSpan(offset, transferLength), toHost: false);
            return wire.IsPulled ? Error.NoDevice : Error.Success;
        }
    }

    public class UsbDeviceCollection(IList<IUsbDevice> list) : ReadOnlyCollection<IUsbDevice>(list), IDisposable
    {
        public void Dispose()
        {
        }
    }

    public class UsbContext : IDisposable
    {
        public UsbDeviceCollection List() => new([new UsbDevice()]);

        public void Dispose()
        {
        }
    }
}
