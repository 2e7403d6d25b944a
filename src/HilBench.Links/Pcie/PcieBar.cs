using System.Runtime.InteropServices;
using HilBench.Journal;
using HilBench.Links.Mailbox;
using HilBench.Links.Native;

namespace HilBench.Links.Pcie;

/// <summary>A mapped BAR, taken for this process alone (BAR-8), with what has to stay open for it.</summary>
internal sealed class PcieBar : IDisposable
{
    private readonly IDisposable _owner;

    private PcieBar(MappedMemory memory, IDisposable owner) => (Memory, _owner) = (memory, owner);

    public MappedMemory Memory { get; }

    /// <summary>Maps a BAR, or a file that stands for one.</summary>
    /// <exception cref="BenchException">Host, Permission or Cable.</exception>
    public static PcieBar Open(PcieAddress address, PcieAccess access, int bar)
    {
        if (address.Path is { } path)
        {
            return OpenFile(address, path, new BenchException(
                BenchLayer.Cable, $"{address}: there is no such file", $"Start the board first: bin/hilbench board-sim --listen bar:{path}."));
        }

        if (!Directory.Exists(address.Folder))
        {
            throw new BenchException(
                BenchLayer.Cable,
                $"{address}: there is no such PCI function",
                "`lspci` shows what is there; is the board's bitstream loaded? Then: echo 1 > /sys/bus/pci/rescan.");
        }

        return access == PcieAccess.Vfio ? OpenVfio(address, bar) : OpenSysfs(address, bar);
    }

    public void Dispose()
    {
        Memory.Dispose();
        _owner.Dispose();
    }

#pragma warning disable CA2000 // what is opened here goes to the one that is returned; disposed below when there is none
    private static PcieBar OpenVfio(PcieAddress address, int bar)
    {
        var device = VfioDevice.Open(address);
        try
        {
            return new PcieBar(device.MapBar(bar), device);
        }
        catch (BenchException)
        {
            device.Dispose();
            throw;
        }
    }
#pragma warning restore CA2000

    private static PcieBar OpenSysfs(PcieAddress address, int bar)
    {
        Enable(address);
        return OpenFile(address, $"{address.Folder}/resource{bar}", new BenchException(
            BenchLayer.Cable, $"{address}: it has no memory BAR {bar}", "Choose another one with the option bar=N."));
    }

    // A function without a driver does not answer to its addresses. Its state is not touched otherwise.
    private static void Enable(PcieAddress address)
    {
        var path = $"{address.Folder}/enable";
        try
        {
            if (File.ReadAllText(path).Trim() == "0")
            {
                File.WriteAllText(path, "1");
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BenchException(BenchLayer.Permission, $"{address}: you may not enable it", "Run as root, or bind it to vfio-pci and use ?via=vfio.", e);
        }
    }

#pragma warning disable CA2000 // what is opened here goes to the one that is returned; disposed below when there is none
    private static PcieBar OpenFile(PcieAddress address, string path, BenchException missing)
    {
        var length = new FileInfo(path) is { Exists: true } file ? file.Length : throw missing;
        var handle = new DescriptorHandle(LibC.open(path, LibC.ReadWrite | LibC.CloseOnExec));
        try
        {
            if (handle.IsInvalid)
            {
                throw NotOpened(address, path, Marshal.GetLastPInvokeError());
            }

            if (LibC.flock(handle, LibC.LockExclusive) < 0)
            {
                throw new BenchException(BenchLayer.Permission, $"{address}: another program has it open", $"End that program; `fuser {path}` names it.");
            }

            if (length < MailboxLayout.HeaderBytes)
            {
                throw new BenchException(BenchLayer.Bridge, $"{address}: {length} bytes hold no mailbox", "Is it the right BAR? Choose one with the option bar=N.");
            }

            return new PcieBar(MappedMemory.Map(handle, 0, length, address.ToString()), handle);
        }
        catch (BenchException)
        {
            handle.Dispose();
            throw;
        }
    }
#pragma warning restore CA2000

    private static BenchException NotOpened(PcieAddress address, string path, int error) => error is LibC.NoAccess or LibC.NotPermitted
        ? new BenchException(BenchLayer.Permission, $"{address}: you may not open {path}", "Run as root, or bind it to vfio-pci and use ?via=vfio.")
        : new BenchException(BenchLayer.Host, $"{address}: {path} cannot be opened: {Marshal.GetPInvokeErrorMessage(error)}", "Is it a memory BAR?");
}
