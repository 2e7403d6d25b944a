namespace HilBench.Journal.Tests;

public sealed class ErrorTests
{
    [Test]
    public void A_bench_error_names_the_layer_what_happened_and_what_to_do()
    {
        var error = new BenchException(BenchLayer.Cable, "/dev/ttyUSB0 is gone", "Plug the cable in.");

        Assert.That(error.Message, Is.EqualTo("Cable: /dev/ttyUSB0 is gone. Plug the cable in."));
        Assert.That(error.Layer, Is.EqualTo(BenchLayer.Cable));
    }

    [TestCase("a.yaml", 3, 7, "a.yaml:3:7: no such key. Use 'steps'.")]
    [TestCase("a.yaml", 0, 0, "a.yaml: no such key. Use 'steps'.")]
    [TestCase(null, 0, 0, "no such key. Use 'steps'.")]
    public void An_input_error_names_the_place(string? file, int line, int column, string message) =>
        Assert.That(new InputException(file, line, column, "no such key", "Use 'steps'.").Message, Is.EqualTo(message));

    [Test]
    public void An_input_error_of_the_command_line_has_no_place() =>
        Assert.That(new InputException("there is no suite 'x'", "Use y.").Message, Is.EqualTo("there is no suite 'x'. Use y."));

    [Test]
    public void A_truth_that_does_not_hold_is_named_in_the_words_of_the_code()
    {
        var count = 3;

        Assert.That(() => Invariant.Holds(count == 3), Throws.Nothing);
        Assert.That(() => Invariant.Holds(count == 4), Throws.InvalidOperationException.With.Message.EqualTo("bug: count == 4"));
    }
}
