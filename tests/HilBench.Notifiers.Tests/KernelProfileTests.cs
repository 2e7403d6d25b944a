namespace HilBench.Notifiers.Tests;

public sealed class KernelProfileTests
{
    [Test]
    public void Profiles_are_found_by_name_and_the_default_is_6_1()
    {
        Assert.That(KernelProfile.Find("linux-6.1"), Is.SameAs(KernelProfile.Default));
        Assert.That(KernelProfile.Find("linux-6.6"), Is.Not.Null);
        Assert.That(KernelProfile.Find("linux-2.4"), Is.Null);
    }

    [TestCase(CallSite.Munmap, Placement.AtGatherFlush | Placement.AtEnd)]
    [TestCase(CallSite.Cow, Placement.UnderLockBeforeSet)]
    [TestCase(CallSite.ThpSplit, Placement.None)]
    [TestCase(CallSite.MigrateUnmap, Placement.AtEnd)]
    [TestCase(CallSite.ReclaimAnon, Placement.UnderLockBeforeSet | Placement.AtEnd)]
    public void Placements_of_6_1_are_those_of_the_specification(CallSite site, Placement placement) =>
        Assert.That(KernelProfile.Linux61[site], Is.EqualTo(placement));

    [Test]
    public void From_6_6_on_only_the_CPU_flush_reaches_the_secondary_TLB() => Assert.That(
        from site in Enum.GetValues<CallSite>()
        select KernelProfile.Linux66[site] & ~(Placement.WithCpuFlush | Placement.Untold | Placement.Absent),
        Is.All.EqualTo(Placement.None));

    [Test]
    public void An_experiment_changes_one_site_and_leaves_the_profile_as_it_is()
    {
        var experiment = KernelProfile.Linux61.With(CallSite.Cow, Placement.AtEnd);

        Assert.That(experiment[CallSite.Cow], Is.EqualTo(Placement.AtEnd));
        Assert.That(experiment[CallSite.Munmap], Is.EqualTo(KernelProfile.Linux61[CallSite.Munmap]));
        Assert.That(KernelProfile.Linux61[CallSite.Cow], Is.EqualTo(Placement.UnderLockBeforeSet));
    }
}
