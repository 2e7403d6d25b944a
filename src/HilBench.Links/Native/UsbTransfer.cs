using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace HilBench.Links.Native;

/// <summary>
/// One bulk transfer with its buffer, used again and again. It is never given back while libusb may still write to it, and
/// has no finalizer: the library it would call may be gone by then.
/// </summary>
internal sealed unsafe class UsbTransfer : IDisposable
{
    public const int BufferBytes = 16 * 1024;

    private LibUsb.Transfer* _transfer;
    private int* _isDone;

    public UsbTransfer(nint device, byte endpoint)
    {
        _transfer = LibUsb.libusb_alloc_transfer(0);
        if (_transfer is null)
        {
            throw new InvalidOperationException("bug: libusb has no memory for a transfer");
        }

        _isDone = (int*)NativeMemory.AllocZeroed(sizeof(int));
        _transfer->Device = device;
        _transfer->Endpoint = endpoint;
        _transfer->Type = LibUsb.BulkType;
        _transfer->Callback = &OnDone;
        _transfer->UserData = _isDone;
        _transfer->Buffer = (byte*)NativeMemory.Alloc(BufferBytes);
        // A stream of bytes: whoever reads in packets needs to know that none follows.
        _transfer->Flags = (endpoint & 0x80) == 0 ? LibUsb.AddZeroPacket : (byte)0;
    }

    /// <summary>Whether it is at libusb.</summary>
    public bool IsPending { get; private set; }

    /// <summary>Whether libusb has given it back; look with <see cref="Collect"/>.</summary>
    public bool IsDone => IsPending && Volatile.Read(ref *_isDone) != 0;

    /// <summary>LIBUSB_TRANSFER_*, of the last time.</summary>
    public int Status => _transfer->Status;

    /// <summary>All of the buffer.</summary>
    public Span<byte> Buffer => new(_transfer->Buffer, BufferBytes);

    /// <summary>What came in the last time.</summary>
    public ReadOnlySpan<byte> Received => new(_transfer->Buffer, _transfer->ActualLength);

    /// <summary>Hands it to libusb.</summary>
    /// <returns>LIBUSB_SUCCESS or an error.</returns>
    public int Submit(int length)
    {
        *_isDone = 0;
        _transfer->Length = length;
        var result = LibUsb.libusb_submit_transfer(_transfer);
        IsPending = result == LibUsb.Success;
        return result;
    }

    /// <summary>It is ours again.</summary>
    public void Collect() => IsPending = false;

    /// <summary>Asks for it; it is done a little later.</summary>
    public void Cancel() => _ = LibUsb.libusb_cancel_transfer(_transfer); // one that is over already is as well

    /// <summary>Frees it; one that libusb still has is left to the end of the process.</summary>
    public void Dispose()
    {
        if (_transfer is not null && !IsPending)
        {
            NativeMemory.Free(_transfer->Buffer);
            LibUsb.libusb_free_transfer(_transfer);
            NativeMemory.Free(_isDone);
        }

        _transfer = null;
        _isDone = null;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnDone(LibUsb.Transfer* transfer) => Volatile.Write(ref *(int*)transfer->UserData, 1);
}
