namespace HilBench.Notifiers.Tests;

public sealed class PlacementCodeTests
{
    [TestCase("L+E", Placement.UnderLockBeforeSet | Placement.AtEnd)]
    [TestCase("L2+E", Placement.UnderLockAfterSet | Placement.AtEnd)]
    [TestCase("G+E", Placement.AtGatherFlush | Placement.AtEnd)]
    [TestCase("E+G", Placement.AtGatherFlush | Placement.AtEnd)]
    [TestCase("F+E", Placement.AfterCpuFlush | Placement.AtEnd)]
    [TestCase("X", Placement.None)]
    [TestCase("L+X", Placement.UnderLockBeforeSet)]
    [TestCase("E", Placement.AtEnd)]
    [TestCase("TL", Placement.WithCpuFlush)]
    [TestCase("TG", Placement.WithCpuFlush)]
    [TestCase("TA", Placement.WithCpuFlush)]
    [TestCase("TF", Placement.WithCpuFlush)]
    [TestCase("P", Placement.ByPage | Placement.Untold)]
    [TestCase("G", Placement.AtGatherFlush | Placement.Untold)]
    [TestCase("L", Placement.UnderLockBeforeSet | Placement.Untold)]
    [TestCase("R", Placement.None)]
    [TestCase("-", Placement.Untold)]
    [TestCase("young", Placement.Untold)]
    [TestCase("n/a", Placement.Absent | Placement.Untold)]
    public void A_code_of_the_specification_says_where_the_secondary_TLB_is_invalidated(string text, Placement placement)
    {
        var code = PlacementCode.Parse(text);

        Assert.That(code.Placement, Is.EqualTo(placement));
        Assert.That(code.ToString(), Is.EqualTo(text));
        Assert.That(code.IsUnsafe, Is.False);
    }

    [TestCase("P!")]
    [TestCase("L+E!")]
    [TestCase("-!")]
    public void An_exclamation_mark_says_that_the_placement_was_unsafe(string text) => Assert.Multiple(() =>
    {
        Assert.That(PlacementCode.Parse(text).IsUnsafe, Is.True);
        Assert.That(PlacementCode.Parse(text).ToString(), Is.EqualTo(text));
        Assert.That(PlacementCode.Parse(text).Placement,
            Is.EqualTo(PlacementCode.Parse(text.TrimEnd('!')).Placement));
    });

    [TestCase("l+x", "L+X")]
    [TestCase(" tl ", "TL")]
    public void Case_and_blanks_around_do_not_matter(string text, string code) =>
        Assert.That(PlacementCode.Parse(text).ToString(), Is.EqualTo(code));

    [TestCase(null)]
    [TestCase("")]
    [TestCase("!")]
    [TestCase("Q")]
    [TestCase("L+")]
    [TestCase("L E")]
    [TestCase("TX")]
    public void What_is_no_code_is_refused(string? text)
    {
        Assert.That(PlacementCode.TryParse(text, out _), Is.False);
        Assert.Throws<FormatException>(() => PlacementCode.Parse(text!));
    }

    [TestCase(Placement.None, "X")]
    [TestCase(Placement.UnderLockBeforeSet, "L+X")]
    [TestCase(Placement.UnderLockBeforeSet | Placement.AtEnd, "L+E")]
    [TestCase(Placement.AtGatherFlush | Placement.AtEnd, "G+E")]
    [TestCase(Placement.Untold, "-")]
    [TestCase(Placement.ByPage | Placement.Untold, "P")]
    [TestCase(Placement.WithCpuFlush, "T")]
    [TestCase(Placement.Absent, "n/a")]
    public void A_placement_in_flags_has_a_code(Placement placement, string code) =>
        Assert.That(PlacementCode.Of(placement).ToString(), Is.EqualTo(code));
}
