using HilBench.Journal;
using HilBench.Notifiers;

namespace HilBench.Memory.Tests;

/// <summary>Many operations at once, point by point in a seeded order: data stays right and nothing is lost.</summary>
public sealed class RandomInterleavingTests
{
    internal const int Pages = 1024;
    private static readonly VirtualAddress _start = new(0x10_0000_0000);

    [Test]
    public void Data_survive_whatever_moves_them_and_every_frame_comes_back([Range(1, 40)] int seed)
    {
        var choice = new SeededChoice((ulong)seed);
        var profile = choice.Chance(50) ? KernelProfile.Linux61 : KernelProfile.Linux612;
        var mm = MemoryBench.NewSpace(profile, 128 << 20, journalLog2: 8);
        var free = mm.Memory.FreeFrames;
        var hint = choice.Chance(50) ? PageSizeHint.TransparentHuge : PageSizeHint.Base;
        mm.Mmap(Pages * 4096, Protection.ReadWrite, at: _start, pageSize: hint).RunToEnd();
        mm.Madvise(Whole, Advice.Mergeable).RunToEnd();
        mm.Register(new SlowTlb()).RunToEnd();
        var expected = new byte[Pages];

        for (var round = 0; round < 8; round++)
        {
            WriteSome(mm, choice, expected);
            RunTogether(choice, [.. Enumerable.Range(0, 4).Select(_ => Disturb(mm, choice))]);
            CheckSome(mm, choice, expected, seed);
            foreach (var child in mm.Kernel.AddressSpaces.Where(other => other != mm && !other.HasExited).ToArray())
            {
                child.Exit().RunToEnd();
            }
        }

        mm.Exit().RunToEnd();
        var tops = mm.Kernel.AddressSpaces.Count - 1;
        Assert.That(mm.Kernel.Validator.Findings, Is.Empty, $"seed {seed}");
        Assert.That(mm.Memory.FreeFrames + (ulong)tops, Is.EqualTo(free).Or.EqualTo(free - 512), $"seed {seed}");
    }

    private static VirtualRange Whole => VirtualRange.OfSize(_start, Pages * 4096);

    private static void WriteSome(AddressSpace mm, SeededChoice choice, byte[] expected)
    {
        for (var i = 0; i < 20; i++)
        {
            var page = choice.Between(0, Pages - 1);
            expected[page] = (byte)choice.Between(1, 3);
            mm.Write(_start.Add((ulong)page << 12), new[] { expected[page] }).RunToEnd();
        }
    }

    private static void CheckSome(AddressSpace mm, SeededChoice choice, byte[] expected, int seed)
    {
        for (var i = 0; i < 40; i++)
        {
            var page = choice.Between(0, Pages - 1);
            var read = mm.Read(_start.Add((ulong)page << 12), 1).RunToEnd();
            Assert.That(read.Bytes.Span[0], Is.EqualTo(expected[page]), $"seed {seed}, page {page}");
        }
    }

    private static CpuOperation Disturb(AddressSpace mm, SeededChoice choice)
    {
        var first = choice.Between(0, Pages - 33);
        var range = VirtualRange.OfSize(_start.Add((ulong)first << 12), (ulong)choice.Between(1, 32) << 12);
        return choice.Between(0, 9) switch
        {
            0 => mm.Migrate(range),
            1 => mm.SplitHuge(range),
            2 => mm.Madvise(range, Advice.PageOut),
            3 => mm.Madvise(range, Advice.Cold),
            4 => mm.Fork(),
            5 => mm.Madvise(Whole, Advice.Collapse),
            6 => mm.KsmScan(),
            7 => mm.ClearRefs(4),
            8 => mm.MigrateVma(range, owner: 1),
            _ => mm.Touch(range, choice.Chance(50)),
        };
    }

    private static void RunTogether(SeededChoice choice, List<CpuOperation> operations)
    {
        for (var steps = 0; operations.Count > 0; steps++)
        {
            Assert.That(steps, Is.LessThan(300_000), "an operation waits for ever");
            var index = choice.Between(0, operations.Count - 1);
            if (!operations[index].Steps.MoveNext())
            {
                operations.RemoveAt(index);
            }
        }
    }
}
