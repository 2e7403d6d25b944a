using HilBench.Journal;

namespace HilBench.Scenarios.Tests.Replay;

/// <summary>Recorded choices as text.</summary>
public sealed class ChoiceTextTests
{
    private static readonly Place _place = new("replay.yaml", 7, 3);

    [Test]
    public void Turns_are_a_letter_and_cycles_and_repeated_ones_have_a_count()
    {
        Turn[] turns = [new(0, 0), new(1, 12), new(0, 3), new(0, 3), new(0, 3), new(30, 4)];

        Assert.That(ChoiceText.Of(turns), Is.EqualTo("a b12 a3*3 30:4"));
    }

    [Test]
    public void What_is_written_is_read_again()
    {
        Turn[] turns = [new(25, 0), new(26, 0), new(0, 1_000_000), new(3, 7), new(3, 7)];
        var read = new List<Turn>();

        ChoiceText.Read(ChoiceText.Of(turns), _place, read);

        Assert.That(read, Is.EqualTo(turns));
    }

    [TestCase("a b?")]
    [TestCase("A1")]
    [TestCase("a*")]
    [TestCase("*3")]
    [TestCase("a-1")]
    [TestCase("a1000001")]
    [TestCase("a*1000001")]
    public void What_is_no_turn_is_an_error_at_its_place(string text) =>
        Assert.That(() => ChoiceText.Read(text, _place, new List<Turn>()), Throws.TypeOf<InputException>().With.Message.StartsWith("replay.yaml:7:3"));
}
