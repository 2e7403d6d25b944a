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

    [TestCase("linux-4.12", NotifierEvent.Clear, NotifierEvent.Unmap)]
    [TestCase("linux-5.0", NotifierEvent.ProtectionVma, NotifierEvent.Unmap)]
    [TestCase("linux-5.2", NotifierEvent.ProtectionVma, NotifierEvent.ProtectionVma)]
    [TestCase("linux-5.4", NotifierEvent.Migrate, NotifierEvent.Clear)]
    [TestCase("linux-5.5", NotifierEvent.Migrate, NotifierEvent.Migrate)]
    [TestCase("linux-5.5", NotifierEvent.Exclusive, NotifierEvent.Clear)]
    [TestCase("linux-5.13", NotifierEvent.Exclusive, NotifierEvent.Exclusive)]
    public void An_event_is_told_in_the_words_of_the_kernel_version(
        string profile, NotifierEvent reason, NotifierEvent told) =>
        Assert.That(KernelProfile.Find(profile)!.Tell(reason), Is.EqualTo(told));

    [TestCase("linux-4.12", OomReaperPolicy.WithoutNotifiers)]
    [TestCase("linux-4.13", OomReaperPolicy.WithoutNotifiers)]
    [TestCase("linux-4.15", OomReaperPolicy.SkipsMmWithBlockingNotifiers)]
    [TestCase("linux-4.19", OomReaperPolicy.NonBlockable)]
    [TestCase("linux-6.18", OomReaperPolicy.NonBlockable)]
    public void The_OOM_reaper_treats_notifiers_as_the_kernel_version_does(string profile, OomReaperPolicy reaper) =>
        Assert.That(KernelProfile.Find(profile)!.OomReaper, Is.EqualTo(reaper));

    [TestCase("linux-5.0", false, false, false)]
    [TestCase("linux-5.2", true, false, false)]
    [TestCase("linux-5.5", true, true, true)]
    [TestCase("linux-6.1", true, true, true)]
    [TestCase("linux-6.6", false, true, true)]
    public void The_range_tells_the_VMA_and_the_owner_and_intervals_exist_by_version(
        string profile, bool tellsVma, bool tellsOwner, bool hasIntervals)
    {
        var kernel = KernelProfile.Find(profile)!;

        Assert.That((kernel.TellsVma, kernel.TellsOwner, kernel.HasIntervals),
            Is.EqualTo((tellsVma, tellsOwner, hasIntervals)));
    }
}
