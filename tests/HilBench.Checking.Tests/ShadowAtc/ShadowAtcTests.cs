using HilBench.Pcie;

namespace HilBench.Checking.Tests;

/// <summary>What the device may hold, told by what it may use.</summary>
public sealed class ShadowAtcTests
{
    private const ulong Va = 0x7F00_0020_0000;
    private const ulong Pa = 0x8000_0000;
    private const ulong NewPa = 0x9000_0000;

    [Test]
    public void A_translation_may_be_used_from_the_answer_on()
    {
        var link = new ScriptedLink();
        link.Ask(Va);
        link.Answer(0, ScriptedLink.Entry(Pa));

        link.Read(Pa);

        Assert.That(link.BrokenRules, Is.Empty);
    }

    [Test]
    public void A_translation_may_be_used_until_the_Invalidate_Completion()
    {
        var link = new ScriptedLink();
        link.Grant(Va, Pa);
        link.Invalidate(0, Va);

        link.Write(Pa);
        link.Complete(1);

        Assert.That(link.BrokenRules, Is.Empty);
    }

    [Test]
    public void A_page_asked_for_again_while_its_translation_dies_keeps_the_new_one()
    {
        var link = new ScriptedLink();
        link.Grant(Va, Pa);
        link.Invalidate(0, Va);
        link.Grant(Va, NewPa, tag: 1);
        link.Complete(1);

        link.Write(NewPa);

        Assert.That(link.BrokenRules, Is.Empty);
    }

    [Test]
    public void The_old_translation_may_be_used_beside_the_new_one_until_the_Invalidate_Completion()
    {
        var link = new ScriptedLink();
        link.Grant(Va, Pa);
        link.Invalidate(0, Va);
        link.Grant(Va, NewPa, tag: 1);

        link.Read(Pa);
        link.AnswerRead();
        link.Complete(1);

        Assert.That(link.BrokenRules, Is.Empty);
    }

    [Test]
    public void The_old_translation_ends_with_the_Invalidate_Completion_though_a_new_one_is_there()
    {
        var link = new ScriptedLink();
        link.Grant(Va, Pa);
        link.Invalidate(0, Va);
        link.Grant(Va, NewPa, tag: 1);
        link.Complete(1);

        link.Write(Pa);

        Assert.That(link.BrokenRules, Is.EqualTo(new[] { "ATS-INV-001", "ATS-TRN-003" }));
    }

    [Test]
    public void A_new_translation_to_the_same_place_makes_its_use_right_again()
    {
        var link = new ScriptedLink();
        link.Grant(Va, Pa);
        link.InvalidateAndComplete(Va);
        link.Grant(Va, Pa);

        link.Write(Pa);

        Assert.That(link.BrokenRules, Is.Empty);
    }

    /// <summary>
    /// Both were asked for before the device had an answer, and a fork took the permission to write in between: the Invalidate Request
    /// for it is to come, and answers may pass each other. What is asked for afterwards is later.
    /// </summary>
    [Test]
    public void Of_answers_to_requests_that_overlap_the_device_may_keep_the_one_that_permits_more()
    {
        var link = new ScriptedLink();
        link.Ask(Va, tag: 0);
        link.Ask(Va, tag: 1);
        link.Pass(1);
        link.Answer(0, ScriptedLink.Entry(Pa));
        link.Answer(1, ScriptedLink.Entry(Pa, flags: TranslationFlags.R));
        link.Deliver(0);
        link.Deliver(1);

        MayWriteUntilAskedAgain(link);
    }

    /// <summary>A device may drop the whole answer to a request that met an invalidation: the translation that it had of another block stays.</summary>
    [Test]
    public void An_answer_that_met_an_invalidation_need_not_replace_what_the_device_had()
    {
        var link = new ScriptedLink();
        link.Grant(Va, Pa);
        link.Ask(Va, tag: 1);
        link.Pass(1);
        link.InvalidateAndComplete(Va + 0x100000);
        link.Answer(1, ScriptedLink.Entry(Pa, flags: TranslationFlags.R));
        link.Deliver(1);

        MayWriteUntilAskedAgain(link);
    }

    private static void MayWriteUntilAskedAgain(ScriptedLink link)
    {
        link.Write(Pa);
        Assert.That(link.BrokenRules, Is.Empty);
        link.Pass(1);
        link.Grant(Va, Pa, flags: TranslationFlags.R, tag: 2);
        link.Write(Pa);

        Assert.That(link.BrokenRules, Does.Contain("ATS-CPL-008"));
    }

    [Test]
    public void An_answer_replaces_only_when_it_reaches_the_device()
    {
        var link = new ScriptedLink();
        link.Grant(Va, Pa);
        link.Ask(Va, tag: 1);
        link.Answer(1, ScriptedLink.Entry(NewPa));
        link.Write(Pa);
        Assert.That(link.BrokenRules, Is.Empty);
        link.Deliver(1);

        link.Write(Pa);

        Assert.That(link.BrokenRules, Is.EqualTo(new[] { "ATS-CPL-026", "ATS-TRN-003" }));
    }

    [Test]
    public void Permissions_of_a_later_answer_do_not_add_to_those_of_an_earlier_one()
    {
        var link = new ScriptedLink();
        link.Grant(Va, Pa);
        link.Grant(Va, Pa, flags: TranslationFlags.R);

        link.Write(Pa);

        Assert.That(link.BrokenRules, Is.EqualTo(new[] { "ATS-CPL-008" }));
    }

    [Test]
    public void Translations_of_another_PASID_stay()
    {
        var link = new ScriptedLink();
        link.Grant(Va, Pa, pasid: 5);
        link.Grant(Va, NewPa, pasid: 6);
        link.InvalidateAndComplete(Va, pasid: 5);

        link.Write(NewPa);
        Assert.That(link.BrokenRules, Is.Empty);
        link.Write(Pa);

        Assert.That(link.BrokenRules, Is.EqualTo(new[] { "ATS-INV-001", "ATS-TRN-003" }));
    }

    [Test]
    public void A_Global_translation_ends_by_an_invalidation_of_another_PASID()
    {
        var link = new ScriptedLink();
        link.Grant(Va, Pa, flags: ScriptedLink.ReadWrite | TranslationFlags.Global, pasid: 1);
        link.InvalidateAndComplete(Va, pasid: 2);

        link.Write(Pa);

        Assert.That(link.BrokenRules, Does.Contain("ATS-TRN-003"));
    }

    [Test]
    public void Global_is_ignored_without_Global_Invalidate_Supported()
    {
        var link = new ScriptedLink(layout => layout with { HasGlobalInvalidate = false });
        link.Grant(Va, Pa, pasid: 5);
        link.Grant(Va, NewPa, pasid: 6);
        link.InvalidateAndComplete(Va, pasid: 6, isGlobal: true);

        link.Write(Pa);
        Assert.That(link.BrokenRules, Is.Empty);
        link.Write(NewPa);

        Assert.That(link.BrokenRules, Does.Contain("ATS-TRN-003"));
    }

    [Test]
    public void A_page_ends_only_when_all_its_completions_are_there()
    {
        var link = new ScriptedLink();
        link.Grant(Va, Pa);
        link.Invalidate(0, Va);
        link.Complete(1, count: 2, trafficClass: 3);
        link.Write(Pa);
        Assert.That(link.BrokenRules, Is.Empty);

        link.Complete(1, count: 2);
        link.Write(Pa);

        Assert.That(link.BrokenRules, Does.Contain("ATS-TRN-003"));
    }

    [Test]
    public void An_8_fold_completion_is_announced_by_0()
    {
        var link = new ScriptedLink();
        link.Invalidate(0, Va);

        for (var i = 0; i < 8; i++)
        {
            Assert.That(link.Checker.Transactions, Is.Zero);
            link.Complete(1, count: 8, trafficClass: i);
        }

        Assert.That(link.Checker.Transactions, Is.EqualTo(1));
        Assert.That(link.BrokenRules, Is.Empty);
    }

    [Test]
    public void ATS_going_off_ends_translations_only_with_the_completion_of_the_write()
    {
        var link = new ScriptedLink();
        link.Grant(Va, Pa);
        link.SetAts(isOn: false, isCompleted: false);
        link.Write(Pa);
        Assert.That(link.BrokenRules, Is.Empty);
        link.CompleteConfiguration();

        link.Write(Pa);

        Assert.That(link.BrokenRules, Is.EqualTo(new[] { "ATS-TRN-002", "ATS-LIF-001", "ATS-TRN-003" }));
    }

    [Test]
    public void A_reset_forgets_translations_outstanding_requests_and_enables()
    {
        var link = new ScriptedLink();
        link.Grant(Va, Pa);
        link.Ask(Va + 0x1000, tag: 1);
        link.Invalidate(3, Va);
        link.Reset();
        link.SetBusMaster(isOn: true);
        link.SetAts(isOn: true);
        link.Ask(Va + 0x1000, tag: 1);
        link.Invalidate(3, Va);
        link.Complete(1u << 3);
        Assert.That(link.BrokenRules, Is.Empty);

        link.Write(Pa);

        Assert.That(link.BrokenRules, Is.EqualTo(new[] { "ATS-LIF-008", "ATS-TRN-003" }));
    }

    [Test]
    public void After_a_reset_a_completion_for_an_ITag_from_before_is_spurious()
    {
        var link = new ScriptedLink();
        link.Invalidate(3, Va);
        link.Reset();

        link.Complete(1u << 3);

        Assert.That(link.BrokenRules, Is.EqualTo(new[] { "ATS-LIF-005", "ATS-ICP-021" }));
    }

    [Test]
    public void Enables_are_off_after_a_reset()
    {
        var link = new ScriptedLink();
        link.Reset();

        link.Ask(Va);

        Assert.That(link.BrokenRules, Is.EqualTo(new[] { "ATS-REQ-001", "ATS-REQ-015" }));
    }

    [TestCase(256, 1)]
    [TestCase(1024, 1)]
    [TestCase(1024, 4)]
    public void A_read_is_over_with_its_last_completion(int lengthDw, int parts)
    {
        var link = new ScriptedLink();
        link.Grant(Va, Pa);
        link.Read(Pa, lengthDw);
        link.Invalidate(0, Va);

        for (var part = 0; part < parts; part++)
        {
            link.AnswerRead(8, lengthDw / parts, lengthDw - (part * lengthDw / parts));
        }

        link.Complete(1);
        link.Read(0x1000, tag: 8, type: AddressType.Untranslated);

        Assert.That(link.BrokenRules, Is.Empty);
    }

    [Test]
    public void A_read_is_not_over_with_all_completions_but_the_last()
    {
        var link = new ScriptedLink();
        link.Grant(Va, Pa);
        link.Read(Pa, lengthDw: 1024);
        link.Invalidate(0, Va);
        link.AnswerRead(8, 512, 1024);

        link.Complete(1);

        Assert.That(link.BrokenRules, Is.EqualTo(new[] { "ATS-ORD-002" }));
    }

    [Test]
    public void A_poisoned_answer_grants_nothing()
    {
        var link = new ScriptedLink();
        link.Ask(Va);
        link.AnswerPoisoned(0, ScriptedLink.Entry(Pa));
        link.Deliver(0);

        link.Read(Pa);

        Assert.That(link.BrokenRules, Is.EqualTo(new[] { "ATS-CPL-022", "ATS-TRN-001" }));
    }

    [Test]
    public void An_entry_belongs_to_the_block_around_its_page_and_the_next_to_the_page_after_that_block()
    {
        var link = new ScriptedLink();
        link.Ask(Va + 0x1000, translations: 3);
        link.Answer(0, ScriptedLink.Entry(Pa, 13), ScriptedLink.NoAccess, ScriptedLink.Entry(NewPa));
        link.Deliver(0);
        link.InvalidateAndComplete(Va + 0x3000);
        link.Write(Pa);
        link.Write(Pa + 0x1FFC);
        Assert.That(link.BrokenRules, Is.Empty);

        link.Write(NewPa);

        Assert.That(link.BrokenRules, Does.Contain("ATS-TRN-003"));
    }
}
