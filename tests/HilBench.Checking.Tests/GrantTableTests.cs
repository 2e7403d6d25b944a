using HilBench.Journal;

namespace HilBench.Checking.Tests;

public sealed class GrantTableTests
{
    private static readonly byte[] _shifts = [12, 13, 16, 21, 30];

    [TestCase(1UL)]
    [TestCase(2UL)]
    [TestCase(3UL)]
    public void Lookups_agree_with_a_search_through_all(ulong seed)
    {
        var choice = new SeededChoice(seed);
        var table = new GrantTable();
        var all = new Dictionary<int, Grant>();
        for (var round = 0; round < 4000; round++)
        {
            if (all.Count > 0 && choice.Chance(40))
            {
                var victim = all.Keys.ElementAt((int)choice.Below((ulong)all.Count));
                table.Remove(victim);
                all.Remove(victim);
            }
            else
            {
                var grant = RandomGrant(choice);
                all[table.Add(in grant)] = grant;
            }

            Compare(table, all, choice);
        }
    }

    [Test]
    public void A_full_table_gives_up_dead_translations_first()
    {
        var table = new GrantTable();
        var first = new Grant { Va = 0x1000, Pa = 0x1000, Shift = 12 };
        var live = table.Add(in first);
        for (var i = 0; i < 40_000; i++)
        {
            var grant = new Grant { Va = 0x10_0000 + (ulong)i * 4096, Pa = 0x10_0000, Shift = 12 };
            table.At(table.Add(in grant)).State = GrantState.Dead;
        }

        Assert.That(table.At(live).State, Is.EqualTo(GrantState.Live));
        Assert.That(table.Overflows, Is.Zero);
    }

    private static Grant RandomGrant(SeededChoice choice)
    {
        var shift = _shifts[choice.Below((ulong)_shifts.Length)];
        return new Grant
        {
            Va = choice.Below(1UL << 32) >> shift << shift,
            Pa = choice.Below(1UL << 32) >> shift << shift,
            Shift = shift,
            Pasid = (uint)choice.Below(3),
        };
    }

    private static void Compare(GrantTable table, Dictionary<int, Grant> all, SeededChoice choice)
    {
        var probe = all.Count > 0 && choice.Chance(80) ? all.Values.ElementAt((int)choice.Below((ulong)all.Count)) : RandomGrant(choice);
        var va = probe.Va + choice.Below(1UL << probe.Shift);
        var pa = probe.Pa + choice.Below(1UL << probe.Shift);
        var byVa = new List<int>();
        foreach (var index in table.CoveringVa(va, probe.Pasid))
        {
            byVa.Add(index);
        }

        var byPa = new List<int>();
        foreach (var index in table.CoveringPa(pa))
        {
            byPa.Add(index);
        }

        Assert.That(byVa, Is.EquivalentTo(all.Where(entry => entry.Value.Pasid == probe.Pasid && entry.Value.CoversVa(va)).Select(entry => entry.Key)));
        Assert.That(byPa, Is.EquivalentTo(all.Where(entry => entry.Value.CoversPa(pa)).Select(entry => entry.Key)));
    }
}
