using HilBench.Journal;

namespace HilBench.Scenarios.Tests;

/// <summary>Numbers with units, addresses, and suggestions for misspelt names.</summary>
public sealed class ExpressionTests
{
    private static readonly Dictionary<string, ulong> _names = new() { ["buffer"] = 0x4000_0000, ["buffer.end"] = 0x4020_0000, ["i"] = 0x3000 };
    private static readonly Place _place = new("a.yaml", 3, 7);

    [TestCase("0", 0UL)]
    [TestCase("4096", 4096UL)]
    [TestCase("1_000", 1000UL)]
    [TestCase("0x1000", 0x1000UL)]
    [TestCase("0xFFFF_FFFF_FFFF_FFFF", ulong.MaxValue)]
    [TestCase("4KiB", 4096UL)]
    [TestCase("2 MiB", 2UL << 20)]
    [TestCase("1GiB", 1UL << 30)]
    [TestCase("16TiB", 16UL << 40)]
    [TestCase("1 page", 4096UL)]
    [TestCase("3pages", 12288UL)]
    public void Quantities_that_are_read(string text, ulong expected)
    {
        Assert.That(Quantity.TryParse(text, out var value), Is.True);
        Assert.That(value, Is.EqualTo(expected));
    }

    [TestCase("")]
    [TestCase("KiB")]
    [TestCase("4KB")]
    [TestCase("4kib")]
    [TestCase("-1")]
    [TestCase("1.5MiB")]
    [TestCase("0x")]
    [TestCase("18446744073709551616")]
    [TestCase("16777216TiB")]
    public void Quantities_that_are_refused(string text) => Assert.That(Quantity.TryParse(text, out _), Is.False);

    [TestCase("buffer", 0x4000_0000UL)]
    [TestCase("buffer + 3 * 4KiB", 0x4000_3000UL)]
    [TestCase("buffer.end - 2MiB / 2", 0x4010_0000UL)]
    [TestCase("buffer + i - 64", 0x4000_2FC0UL)]
    [TestCase("buffer + 2 * i", 0x4000_6000UL)]
    [TestCase("buffer + i * 2", 0x4000_6000UL)]
    [TestCase("0x1000 + 0x2000", 0x3000UL)]
    [TestCase("8 / 2 * 3", 12UL)]
    [TestCase("  buffer+4KiB ", 0x4000_1000UL)]
    public void Addresses_are_sums_of_products(string text, ulong expected) =>
        Assert.That(AddressExpression.Parse(text, _place).Evaluate(_names), Is.EqualTo(expected));

    [TestCase("", "an address is missing")]
    [TestCase("+", "an address is missing")]
    [TestCase("4KB", "'4KB' is no address")]
    [TestCase("buffer + 2MiB / 0", "'2MiB / 0' is no address")]
    [TestCase("buffer * i", "'buffer * i' is no address")]
    [TestCase("buffer + 8 / i", "'8 / i' is no address")]
    public void Addresses_that_are_refused(string text, string what) =>
        Assert.That(
            () => AddressExpression.Parse(text, _place),
            Throws.InstanceOf<InputException>().With.Message.StartsWith($"a.yaml:3:7: {what}. "));

    [Test]
    public void A_name_that_is_not_known_is_told_with_the_nearest() =>
        Assert.That(
            () => AddressExpression.Parse("bufer + 64", _place).Evaluate(_names),
            Throws.InstanceOf<InputException>().With.Message.EqualTo("a.yaml:3:7: 'bufer' names nothing. Did you mean 'buffer'?"));

    [TestCase("dma-raed", "Did you mean 'dma-read'?")]
    [TestCase("maps", "Did you mean 'map'?")]
    [TestCase("something-else", "Known here: map, munmap, dma-read.")]
    public void The_nearest_name_is_suggested(string name, string sentence) =>
        Assert.That(NearestName.Suggest(name, ["map", "munmap", "dma-read"]), Is.EqualTo(sentence));
}
