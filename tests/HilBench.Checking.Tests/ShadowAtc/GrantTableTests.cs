using HilBench.Journal;

namespace HilBench.Checking.Tests;

public sealed class GrantTableTests
{
    private const int Capacity = 1 << 14;
    private static readonly int[] _shifts = [12, 12, 12, 13, 16, 21, 30, 39, 63];

    [Test]
    public void Lookups_by_either_address_agree_with_a_linear_list([Range(1, 12)] int seed)
    {
        var choice = new SeededChoice((ulong)seed);
        var table = new GrantTable(capacityLog2: 14);
        var list = new List<(int Index, Grant Grant)>();

        for (var step = 0; step < 3000; step++)
        {
            if (list.Count == 0 || choice.Chance(60))
            {
                var grant = RandomGrant(choice);
                list.Add((table.Add(in grant), grant));
            }
            else
            {
                var victim = choice.Between(0, list.Count - 1);
                table.Remove(list[victim].Index);
                list.RemoveAt(victim);
            }

            CompareAt(table, list, RandomAddress(choice), (uint)choice.Below(3));
        }
    }

    /// <summary>The table begins small: while it grows, nothing is lost and the newest stays the first to be found.</summary>
    [Test]
    public void Of_translations_of_one_block_the_newest_is_found_first_however_many_there_are()
    {
        var table = new GrantTable(capacityLog2: 14);
        for (var i = 0; i < 3000; i++)
        {
            table.Add(new Grant { Va = (ulong)(i % 3) << 12, Pa = (ulong)(i % 3) << 12, Shift = 12, AnswerLine = (ulong)i });
        }

        var lines = new List<ulong>();
        foreach (var index in table.CoveringVa(0x1000, pasid: 0))
        {
            lines.Add(table.At(index).AnswerLine);
        }

        Assert.That(lines, Is.EqualTo(Enumerable.Range(0, 3000).Where(i => i % 3 == 1).Reverse().Select(i => (ulong)i)));
        Assert.That(table.Overflows, Is.Zero);
    }

    [Test]
    public void A_place_is_used_again_for_a_new_translation()
    {
        var table = new GrantTable(capacityLog2: 14);
        var first = table.Add(new Grant { Va = 0x1000, Pa = 0x8000, Shift = 12 });
        table.Remove(first);

        Fill(table, Capacity);

        Assert.That(table.Overflows, Is.Zero);
        Assert.That(table.Used, Is.EqualTo(Capacity));
    }

    [Test]
    public void A_full_table_forgets_a_dead_translation_before_a_live_one()
    {
        var table = new GrantTable(capacityLog2: 14);
        Fill(table, Capacity);
        table.At(77).State = GrantState.Dead;

        var place = table.Add(new Grant { Va = 0x7F00_0000_0000, Pa = 0x7F00_0000_0000, Shift = 12 });

        Assert.That(place, Is.EqualTo(77));
        Assert.That(table.Overflows, Is.Zero);
        Assert.That(Count(table, 77UL << 12), Is.Zero);
        Assert.That(Count(table, 0x7F00_0000_0000), Is.EqualTo(1));
    }

    [Test]
    public void A_live_translation_outlasts_any_number_of_dead_ones()
    {
        var table = new GrantTable(capacityLog2: 14);
        var live = table.Add(new Grant { Va = 0x1000, Pa = 0x1000, Shift = 12 });

        for (var i = 0UL; i < 40_000; i++)
        {
            table.At(table.Add(new Grant { Va = 0x10_0000 + (i << 12), Pa = 0x10_0000, Shift = 12 })).State = GrantState.Dead;
        }

        Assert.That(table.At(live).State, Is.EqualTo(GrantState.Live));
        Assert.That(table.Overflows, Is.Zero);
    }

    [Test]
    public void A_table_full_of_live_translations_counts_what_it_forgets()
    {
        var table = new GrantTable(capacityLog2: 14);
        Fill(table, Capacity);

        Fill(table, 3, from: 1 << 20);

        Assert.That(table.Overflows, Is.EqualTo(3));
        Assert.That(Enumerable.Range(0, Capacity).Count(page => Count(table, (ulong)page << 12) == 0), Is.EqualTo(3));
        Assert.That(Enumerable.Range(1 << 20, 3).All(page => Count(table, (ulong)page << 12) == 1), Is.True);
    }

    [Test]
    public void A_cleared_table_finds_nothing()
    {
        var table = new GrantTable(capacityLog2: 14);
        Fill(table, 100);

        table.Clear();

        Assert.That(table.Used, Is.Zero);
        Assert.That(Enumerable.Range(0, 100).Sum(page => Count(table, (ulong)page << 12)), Is.Zero);
    }

    private static void CompareAt(GrantTable table, List<(int Index, Grant Grant)> list, ulong address, uint pasid)
    {
        var byPa = new List<int>();
        foreach (var index in table.CoveringPa(address))
        {
            byPa.Add(index);
        }

        var byVa = new List<int>();
        foreach (var index in table.CoveringVa(address, pasid))
        {
            byVa.Add(index);
        }

        Assert.That(byPa, Is.EquivalentTo(list.Where(item => Covers(item.Grant.Pa, item.Grant.Shift, address)).Select(item => item.Index)));
        Assert.That(byVa, Is.EquivalentTo(list
            .Where(item => item.Grant.Pasid == pasid && Covers(item.Grant.Va, item.Grant.Shift, address)).Select(item => item.Index)));
    }

    // The slow second way: subtraction and comparison, no masks.
    private static bool Covers(ulong start, int shift, ulong address) =>
        address >= start && (UInt128)(address - start) < (UInt128)1 << shift;

    private static Grant RandomGrant(SeededChoice choice)
    {
        var shift = _shifts[choice.Between(0, _shifts.Length - 1)];
        return new Grant
        {
            Va = RandomAddress(choice) >> shift << shift,
            Pa = RandomAddress(choice) >> shift << shift,
            Shift = (byte)shift,
            Pasid = (uint)choice.Below(3),
        };
    }

    // Few bits, so that blocks overlap; some high ones, so that all bits take part.
    private static ulong RandomAddress(SeededChoice choice) =>
        (choice.Below(8) << 12) | (choice.Below(3) << 21) | (choice.Below(2) << 39) | (choice.Below(2) << 63);

    private static void Fill(GrantTable table, int count, ulong from = 0)
    {
        for (var i = 0UL; i < (ulong)count; i++)
        {
            table.Add(new Grant { Va = (from + i) << 12, Pa = (from + i) << 12, Shift = 12 });
        }
    }

    private static int Count(GrantTable table, ulong pa)
    {
        var count = 0;
        foreach (var index in table.CoveringPa(pa))
        {
            count++;
        }

        return count;
    }
}
