using HilBench.Notifiers;

namespace HilBench.Memory.Tests.Placements;

/// <summary>For each call site an operation that reaches it, and the entry to watch.</summary>
internal static class SiteDrives
{
    private const Protection ReadWrite = Protection.Read | Protection.Write;
    private const ulong Huge = 2UL << 20;

    private static readonly Dictionary<CallSite, Func<AddressSpace, SiteDrive>> _drives = new()
    {
        [CallSite.Munmap] = mm =>
        {
            var file = mm.Kernel.CreateFile("f", 4096, FileKind.Disk);
            var range = mm.Mmap(4096, ReadWrite, MapFlags.Shared, file: file).RunToEnd().Range;
            mm.Touch(range, forWrite: true).RunToEnd();
            return new(mm.Munmap(range), range.Start);
        },
        [CallSite.ExitMmap] = mm => new(mm.Exit(), Page(mm).Start),
        [CallSite.ZapRange] = mm => On(Page(mm), range => mm.MadviseDontneed(range)),
        [CallSite.MadviseFree] = mm => On(Page(mm), range => mm.Madvise(range, Advice.Free)),
        [CallSite.MadviseCold] = mm => On(Page(mm), range => mm.Madvise(range, Advice.Cold)),
        [CallSite.Mprotect] = mm => On(Page(mm), range => mm.Mprotect(range, Protection.Read)),
        [CallSite.NumaThpFault] = mm =>
        {
            var range = MisplacedHugePage(mm);
            var protect = mm.NumaProtect(range);
            while (protect.Steps.MoveNext()
                && protect.Steps.Current is not { Site: "change_huge_pmd", Kind: PreemptionKind.LockDropped })
            {
            }

            return new(mm.Read(range.Start, 1), range.Start, 21);
        },
        [CallSite.MisplacedThp] = mm =>
        {
            var range = MisplacedHugePage(mm);
            mm.NumaProtect(range).RunToEnd();
            return new(mm.Read(range.Start, 1), range.Start, 21);
        },
        [CallSite.Mremap] = mm => On(Page(mm), range => mm.Mremap(range, 4096, new(0x7000_0000))),
        [CallSite.MremapHugetlb] = mm => On(HugePage(mm, PageSizeHint.Hugetlb),
            range => mm.Mremap(range, Huge, new(0x7000_0000)), level: 21),
        [CallSite.Fork] = mm => On(Page(mm), _ => mm.Fork()),
        [CallSite.ForkHugetlb] = mm => On(HugePage(mm, PageSizeHint.Hugetlb), _ => mm.Fork(), level: 21),
        [CallSite.Cow] = mm => On(Page(mm), range =>
        {
            mm.Fork().RunToEnd();
            return mm.Write(range.Start, new byte[1]);
        }),
        [CallSite.ZeroPageWrite] = mm => On(Page(mm, forWrite: false), range => mm.Write(range.Start, new byte[1])),
        [CallSite.WriteReuse] = mm => On(Page(mm), range =>
        {
            mm.Fork().RunToEnd().Child!.Exit().RunToEnd();
            return mm.Write(range.Start, new byte[1]);
        }),
        [CallSite.FaultIn] = mm => On(mm.Mmap(4096, ReadWrite).RunToEnd().Range, range => mm.Touch(range)),
        [CallSite.HugeCow] = mm => On(HugePage(mm, PageSizeHint.TransparentHuge), range =>
        {
            mm.Fork().RunToEnd();
            return mm.Write(range.Start, new byte[1]);
        }, level: 21),
        [CallSite.HugeCowFallback] = mm => On(HugePage(mm, PageSizeHint.TransparentHuge), range =>
        {
            mm.Fork().RunToEnd();
            mm.Madvise(range, Advice.NoHugePage).RunToEnd();
            return mm.Write(range.Start, new byte[1]);
        }, level: 21),
        [CallSite.HugeZeroWrite] = mm => On(HugePage(mm, PageSizeHint.TransparentHuge, forWrite: false),
            range => mm.Write(range.Start, new byte[1]), level: 21),
        [CallSite.FileThpSplit] = mm => On(SharedHugePage(mm, PageSizeHint.TransparentHuge),
            range => mm.Munmap(VirtualRange.OfSize(range.Start.Add(Huge / 2), Huge / 2)), level: 21),
        [CallSite.CollapseFile] = mm => On(SharedHugePage(mm, PageSizeHint.Base),
            range => mm.Madvise(range, Advice.Collapse), level: 21),
        [CallSite.ThpSplit] = mm => On(HugePage(mm, PageSizeHint.TransparentHuge),
            range => mm.Munmap(VirtualRange.OfSize(range.Start.Add(Huge / 2), Huge / 2)), level: 21),
        [CallSite.HugeZeroSplit] = mm => On(HugePage(mm, PageSizeHint.TransparentHuge, forWrite: false),
            range => mm.Munmap(VirtualRange.OfSize(range.Start.Add(Huge / 2), Huge / 2)), level: 21),
        [CallSite.ReclaimAnon] = mm => On(Page(mm), range => mm.Madvise(range, Advice.PageOut)),
        [CallSite.ReclaimFile] = mm => On(FilePage(mm, forWrite: false), range => mm.Madvise(range, Advice.PageOut)),
        [CallSite.Hwpoison] = mm => On(Page(mm), range => mm.Madvise(range, Advice.Hwpoison)),
        [CallSite.OomReaper] = mm => On(Page(mm), _ =>
        {
            mm.Block();
            return mm.OomKill();
        }),
        [CallSite.PmdUnshare] = mm =>
        {
            var file = mm.Kernel.CreateFile("huge", 1UL << 30);
            foreach (var user in (AddressSpace[])[mm, mm.Kernel.CreateAddressSpace()])
            {
                user.Mmap(1UL << 30, ReadWrite, MapFlags.Shared, new(0x4000_0000), PageSizeHint.Hugetlb, file).RunToEnd();
                user.Touch(VirtualRange.OfSize(new(0x4000_0000), 1), forWrite: true).RunToEnd();
            }

            return new(mm.Migrate(VirtualRange.OfSize(new(0x4000_0000), Huge)), new(0x4000_0000), 30);
        },
        [CallSite.MigrateUnmap] = mm => On(Page(mm), range => mm.Migrate(range)),
        [CallSite.MigrateRestore] = mm => On(Page(mm), range => mm.Migrate(range)),
        [CallSite.MkClean] = mm => On(FilePage(mm, forWrite: true), range => mm.FileSync(mm.Vmas[0].File!)),
        [CallSite.DaxMkClean] = mm => On(FilePage(mm, forWrite: true, FileKind.Dax),
            range => mm.FileSync(mm.Vmas[0].File!)),
        [CallSite.CollapseAnon] = mm =>
        {
            var range = HugeRange(mm);
            mm.Touch(range, forWrite: true).RunToEnd();
            return new(mm.Madvise(range, Advice.Collapse), range.Start, 21);
        },
        [CallSite.KsmWriteProtect] = Merge,
        [CallSite.KsmReplace] = Merge,
        [CallSite.SoftDirty] = mm => On(Page(mm), _ => mm.ClearRefs(4)),
        [CallSite.Uprobes] = mm =>
        {
            var file = mm.Kernel.CreateFile("code", 4096, FileKind.Disk);
            var range = mm.Mmap(4096, Protection.Read | Protection.Execute, file: file).RunToEnd().Range;
            mm.Touch(range).RunToEnd();
            var add = mm.UprobeAdd(file, 0);
            if (mm.Kernel.Profile.Version < 615)
            {
                return new(add, range.Start);
            }

            // From 6.15 on a breakpoint is set in place; only its removal announces anything.
            add.RunToEnd();
            return new(mm.UprobeRemove(file, 0), range.Start);
        },
        [CallSite.HugetlbCow] = mm => On(HugePage(mm, PageSizeHint.Hugetlb), range =>
        {
            mm.Fork().RunToEnd();
            return mm.Write(range.Start, new byte[1]);
        }, level: 21),
        [CallSite.HugetlbUnmap] = mm => On(HugePage(mm, PageSizeHint.Hugetlb), range => mm.MadviseDontneed(range), level: 21),
        [CallSite.HugetlbMprotect] = mm => On(HugePage(mm, PageSizeHint.Hugetlb),
            range => mm.Mprotect(range, Protection.Read), level: 21),
        [CallSite.MigrateVmaCollect] = mm => On(Page(mm), range => mm.MigrateVma(range, owner: 1)),
        [CallSite.MigrateVmaInsert] = mm => On(Page(mm, forWrite: false), range => mm.MigrateVma(range, owner: 1)),
        [CallSite.ExclusiveCreate] = mm => On(Page(mm), range => mm.MakeDeviceExclusive(range, owner: 1)),
        [CallSite.ExclusiveRevoke] = mm => On(Page(mm), range =>
        {
            mm.MakeDeviceExclusive(range, owner: 1).RunToEnd();
            return mm.Touch(range);
        }),
        [CallSite.SharedWriteProtect] = mm => On(FilePage(mm, forWrite: true),
            range => mm.TrackSharedWrites(mm.Vmas[0].File!, 0, 4096)),
        [CallSite.PagemapScan] = mm =>
        {
            var range = mm.Mmap(4096, ReadWrite).RunToEnd().Range;
            mm.UffdRegister(range, VmaFlags.UffdWriteProtect | VmaFlags.UffdAsync).RunToEnd();
            mm.Touch(range, forWrite: true).RunToEnd();
            return new(mm.PagemapScan(range), range.Start);
        },
        [CallSite.UffdMove] = mm =>
        {
            var source = Page(mm);
            var target = mm.Mmap(4096, ReadWrite).RunToEnd().Range;
            mm.UffdRegister(target, VmaFlags.UffdMissing).RunToEnd();
            return new(mm.UffdMove(source, target.Start), source.Start);
        },
        [CallSite.Aging] = mm =>
        {
            var range = HugeRange(mm);
            mm.Touch(range, forWrite: true).RunToEnd();
            mm.ClearRefs(1).RunToEnd();
            mm.Madvise(range, Advice.HugePage).RunToEnd();
            return new(mm.Khugepaged(), range.Start);
        },
    };

    /// <summary>The sites that an operation of the engine reaches.</summary>
    public static IEnumerable<CallSite> Sites => _drives.Keys;

    /// <summary>Prepares an address space with a start/end client and a secondary TLB, and says what to run.</summary>
    public static SiteDrive Prepare(KernelProfile profile, CallSite site)
    {
        var mm = MemoryBench.NewSpace(profile);
        mm.Register(new SecondaryMmu()).RunToEnd();
        mm.Register(new SecondaryTlb()).RunToEnd();
        return _drives[site](mm);
    }

    private static SiteDrive On(VirtualRange range, Func<VirtualRange, CpuOperation> operation, int level = 12) =>
        new(operation(range), range.Start, level);

    private static VirtualRange Page(AddressSpace mm, bool forWrite = true)
    {
        var range = mm.Mmap(4096, ReadWrite).RunToEnd().Range;
        mm.Touch(range, forWrite).RunToEnd();
        return range;
    }

    private static VirtualRange HugeRange(AddressSpace mm) =>
        mm.Mmap(Huge, ReadWrite, at: new(0x4000_0000)).RunToEnd().Range;

    private static VirtualRange HugePage(AddressSpace mm, PageSizeHint size, bool forWrite = true)
    {
        var range = mm.Mmap(Huge, ReadWrite, at: new(0x4000_0000), pageSize: size).RunToEnd().Range;
        mm.Touch(VirtualRange.OfSize(range.Start, 1), forWrite).RunToEnd();
        return range;
    }

    private static VirtualRange MisplacedHugePage(AddressSpace mm)
    {
        var range = HugePage(mm, PageSizeHint.TransparentHuge);
        mm.Tables.TryWalk(range.Start, out var found);
        mm.Memory.State(found.Page.Frame).Node = 1;
        return range;
    }

    private static VirtualRange FilePage(AddressSpace mm, bool forWrite, FileKind kind = FileKind.Disk)
    {
        var file = mm.Kernel.CreateFile("f", 4096, kind);
        var range = mm.Mmap(4096, ReadWrite, MapFlags.Shared, file: file).RunToEnd().Range;
        mm.Touch(range, forWrite).RunToEnd();
        return range;
    }

    private static VirtualRange SharedHugePage(AddressSpace mm, PageSizeHint size)
    {
        var file = mm.Kernel.CreateFile("shm", Huge, givesHugePages: size == PageSizeHint.TransparentHuge);
        var range = mm.Mmap(Huge, ReadWrite, MapFlags.Shared, at: new(0x4000_0000), pageSize: size, file: file)
            .RunToEnd().Range;
        mm.Touch(range, forWrite: true).RunToEnd();
        return range;
    }

    private static SiteDrive Merge(AddressSpace mm)
    {
        var range = mm.Mmap(2 * 4096, ReadWrite).RunToEnd().Range;
        mm.Write(range.Start, "same"u8.ToArray()).RunToEnd();
        mm.Write(range.Start.Add(4096), "same"u8.ToArray()).RunToEnd();
        mm.Madvise(range, Advice.Mergeable).RunToEnd();
        return new(mm.KsmScan(), range.Start);
    }

    private sealed class SecondaryMmu : INotifierClient
    {
        public NotifierCallbacks Callbacks => NotifierCallbacks.InvalidateRangeStart
            | NotifierCallbacks.InvalidateRangeEnd | NotifierCallbacks.Young;

        public bool DoesNotBlock => true;
    }

    private sealed class SecondaryTlb : INotifierClient
    {
        public NotifierCallbacks Callbacks => NotifierCallbacks.InvalidateSecondaryTlb
            | NotifierCallbacks.InvalidatePage | NotifierCallbacks.Release;

        public bool DoesNotBlock => true;
    }
}

/// <summary>An operation that reaches a call site.</summary>
/// <param name="Operation">Not yet begun.</param>
/// <param name="Address">First address of the entry that the site changes.</param>
/// <param name="Level">Its level: 12 or 21.</param>
internal sealed record SiteDrive(CpuOperation Operation, VirtualAddress Address, int Level = 12);
