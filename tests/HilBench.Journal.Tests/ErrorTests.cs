namespace HilBench.Journal.Tests;

public sealed class ErrorTests
{
    [Test]
    public void Wrong_input_names_its_place() =>
        Assert.That(new InputException("a.yaml", 3, 14, "unknown key 'x'", "Write y.").Message, Is.EqualTo("a.yaml:3:14: unknown key 'x'. Write y."));

    [Test]
    public void Wrong_input_of_the_command_line_has_no_place() =>
        Assert.That(new InputException("there is no suite 'x'", "Use y.").Message, Is.EqualTo("there is no suite 'x'. Use y."));

    [Test]
    public void A_failing_bench_names_its_layer() =>
        Assert.That(new BenchException(BenchLayer.Cable, "nothing at the other end", "Plug it in.").Message, Is.EqualTo("Cable: nothing at the other end. Plug it in."));

    [Test]
    public void A_broken_invariant_says_which()
    {
        var one = 1;
        Assert.That(() => Invariant.Holds(one > 1), Throws.InvalidOperationException.With.Message.EqualTo("bug: one > 1"));
        Assert.That(() => Invariant.Holds(one == 1), Throws.Nothing);
    }
}
