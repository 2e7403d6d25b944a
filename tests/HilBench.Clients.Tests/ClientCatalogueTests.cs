namespace HilBench.Clients.Tests;

public sealed class ClientCatalogueTests
{
    [Test]
    public void Every_archetype_is_there_once_and_can_be_made()
    {
        var kinds = Enum.GetValues<ClientKind>().Where(kind => kind != ClientKind.None);

        Assert.That(ClientCatalogue.All.Select(known => known.Kind), Is.EquivalentTo(kinds));
        Assert.That(ClientCatalogue.All.Select(known => known.Id), Is.Unique);
        foreach (var kind in kinds)
        {
            Assert.That(ClientFactory.Create(kind, new ClientBench().Space, new ClientBench().Oracle, new()), Is.Not.Null);
        }
    }

    [Test]
    public void Mistakes_have_the_numbers_of_the_notifier_specification()
    {
        var numbered = ClientFaultCatalogue.All.Where(fault => fault.Id[0] == 'B');

        Assert.That(numbered.Select(fault => fault.Id), Is.EqualTo(Enumerable.Range(1, 22).Select(number => $"B{number}")));
        Assert.That(numbered.Select(fault => (int)fault.Fault), Is.EqualTo(Enumerable.Range(1, 22)));
        Assert.That(ClientFaultCatalogue.All.Select(fault => fault.Name).Concat(ClientFaultCatalogue.All.Select(fault => fault.Consequence)), Has.All.Not.Empty);
    }

    [Test]
    public void A_mistake_that_an_archetype_cannot_make_is_refused()
    {
        var bench = new ClientBench();

        Assert.That(
            () => ClientFactory.Create(ClientKind.IntervalTree, bench.Space, bench.Oracle, new() { Fault = ClientFault.NoRetry }),
            Throws.ArgumentException.With.Message.Contains("IntervalTree cannot make the mistake NoRetry"));
    }

    [TestCase("B3", ClientFault.UncountsBeforeSequence)]
    [TestCase("L22", ClientFault.KeepsLateFill)]
    public void Mistakes_are_found_by_id(string id, ClientFault fault)
    {
        Assert.That(ClientFaultCatalogue.Find(id)?.Fault, Is.EqualTo(fault));
        Assert.That(ClientFaultCatalogue.Get(fault).Id, Is.EqualTo(id));
        Assert.That(ClientFaultCatalogue.Find("B23"), Is.Null);
    }
}
