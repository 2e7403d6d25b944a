namespace HilBench.Clients.Tests;

/// <summary>Correct clients never show a stale page, whatever the order of steps; the faulty ones do.</summary>
public sealed class RandomInterleavingTests
{
    private const int Seeds = 200;
    private const int FaultySeeds = 3000;
    private const int Rounds = 4;

    // They need what the mixture does not hold: a range that is not blockable, a reaper, a page of hugetlb, a kernel
    // that tells nothing, a driver that leaves.
    private static readonly ClientFault[] _rare =
    [
        ClientFault.EndsWhatFailed, ClientFault.OnePageOfHugePage, ClientFault.BlocksInNonBlockable,
        ClientFault.ClaimsNotToBlock, ClientFault.IntervalStaysCounted, ClientFault.NotTold, ClientFault.FreedWithoutWait,
    ];

    private static IEnumerable<ClientKind> Kinds => ClientCatalogue.All.Select(known => known.Kind);

    [TestCaseSource(nameof(Kinds))]
    public void The_device_of_a_correct_client_never_meets_a_page_that_the_CPU_has_left(ClientKind kind)
    {
        for (var seed = 1; seed <= Seeds; seed++)
        {
            Assert.That(new RandomInterleaving(kind, ClientFault.None, seed).Run(Rounds), Is.Null, $"seed {seed}");
        }
    }

    private static IEnumerable<TestCaseData> Mistakes =>
        from known in ClientCatalogue.All
        from fault in known.Faults.Except(_rare)
        select new TestCaseData(known.Kind, fault);

    [TestCaseSource(nameof(Mistakes))]
    public void The_same_test_finds_a_client_that_makes_a_mistake(ClientKind kind, ClientFault fault)
    {
        var found = Enumerable.Range(1, FaultySeeds).Select(seed => new RandomInterleaving(kind, fault, seed).Run(Rounds));

        Assert.That(found.FirstOrDefault(wrong => wrong is not null), Is.Not.Null);
    }
}
