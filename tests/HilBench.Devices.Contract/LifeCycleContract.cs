using HilBench.Pcie;

namespace HilBench.Devices.Contract;

/// <summary>Two functions, their resets and sleep, traffic classes, TIMEOUT and CONTROL: docs/exerciser.md.</summary>
public abstract class LifeCycleContract : PageRequestContract
{
    private const uint Sleep = PowerManagementCapability.D3Hot;

    private static Operation OfSecond(Operation operation) => operation with { Function = 1 };

    [Test]
    public void The_second_function_has_its_own_configuration_space_and_no_BAR()
    {
        var host = HostOfTwoFunctions();
        host.WriteConfiguration(0x10, 0xFFFF_FFFF, function: ExerciserHost.Second);
        host.WriteConfiguration(0x104, AtsCapability.Enable, function: ExerciserHost.Second);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(host.ReadConfiguration(0x10, ExerciserHost.Second), Is.Zero);
            Assert.That(host.ReadConfiguration(0x104, ExerciserHost.Second), Is.EqualTo(0x8000_0068));
            Assert.That(host.ReadConfiguration(0x104), Is.EqualTo(0x70));
        }
    }

    [Test]
    public void A_function_that_is_not_there_answers_UR()
    {
        var host = HostOfTwoFunctions();
        var third = RequesterId.From(1, 0, 2);
        host.Send(d => TlpWriter.WriteConfigurationRead(d, new(ExerciserHost.Agent, 0x55, third, 0)));

        var answer = host.Await(t => t.View.IsCompletion && t.View.Tag == 0x55, 0, "the answer").View;

        Assert.That(answer.Status, Is.EqualTo(CompletionStatus.UnsupportedRequest));
    }

    [Test]
    public void Functions_do_not_share_translations_and_each_is_invalidated_alone()
    {
        var host = Host().EnableAll();
        host.Map(Va, Pa);
        host.Map(Va, 0x7000, function: 1);
        host.Do(0, Operation.Read(Va, 4));
        host.Do(0, OfSecond(Operation.Read(Va, 4)));

        var completion = host.InvalidateAndWait(AtsRange.Page(Va), 4, function: ExerciserHost.Second).View;
        host.Do(0, Operation.Read(Va, 4));
        var afterFirst = host.TranslationRequests.Count();
        host.Do(0, OfSecond(Operation.Read(Va, 4)));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(completion.Requester, Is.EqualTo(ExerciserHost.Second));
            Assert.That((afterFirst, host.TranslationRequests.Count()), Is.EqualTo((2, 3)));
            Assert.That(
                host.Translated.Select(t => (t.Address, t.View.Requester.Function)),
                Is.EqualTo([(Pa, (byte)0), (0x7000UL, (byte)1), (Pa, (byte)0), (0x7000UL, (byte)1)]));
        }
    }

    [Test]
    public void One_completion_for_each_class_that_was_used_in_rising_order_with_their_number()
    {
        var host = Host().EnableAll();
        host.Map(Va, Pa);
        foreach (var trafficClass in new[] { 5, 0, 3, 5 })
        {
            host.Do(0, Operation.Write(Va, 4) with { TrafficClass = trafficClass });
        }

        host.InvalidateAndWait(AtsRange.Page(Va), 9);
        host.Run(100);

        Assert.That(
            host.InvalidateCompletions.Select(t => (t.View.TrafficClass, t.View.CompletionCount, t.View.ITagVector)),
            Is.EqualTo([(0, 3, 1u << 9), (3, 3, 1u << 9), (5, 3, 1u << 9)]));
    }

    [Test]
    public void Classes_count_anew_after_ATS_was_switched_and_the_request_names_the_class_of_an_idle_function()
    {
        var host = Host().EnableAll();
        host.Map(Va, Pa);
        host.Do(0, Operation.Write(Va, 4) with { TrafficClass = 5 });
        host.WriteConfiguration(0x104, 0);
        host.WriteConfiguration(0x104, AtsCapability.Enable);
        var request = new InvalidateRequest(ExerciserHost.Agent, ExerciserHost.Function, new ITag(2), Va);
        host.Send(d => TlpWriter.WriteInvalidateRequest(d, request, new TlpOptions { TrafficClass = 6 }));
        host.Run(200);

        Assert.That(
            host.InvalidateCompletions.Select(t => (t.View.TrafficClass, t.View.CompletionCount)),
            Is.EqualTo([(6, 1)]));
    }

    [Test]
    public void Function_level_reset_forgets_the_function_and_leaves_the_other()
    {
        var host = Host().EnableAll();
        host.WriteBar(0x00C, 3);
        host.Map(Va, Pa);
        host.Map(Va, 0x7000, function: 1);
        host.Do(0, Operation.Read(Va, 4));
        host.Do(1, OfSecond(Operation.Read(Va, 4)));
        host.HoldsReads = true;
        host.Start(2, Operation.Read(Va, 4));
        host.Start(3, OfSecond(Operation.Read(Va, 4)));
        host.Run(200);
        host.Invalidate(AtsRange.Page(Va), 1);
        host.Run(100);

        host.WriteConfiguration(0x48, PciExpressCapability.InitiateFunctionLevelReset);
        var registers = (host.ReadConfiguration(0x04), host.ReadConfiguration(0x104), host.ReadConfiguration(0x48));
        host.Enable();
        var status = host.Result(2).Status & 3;
        var gap = host.ReadBar(0x00C);
        host.HoldsReads = false;
        host.Release();
        var other = host.Finish(3);
        host.Do(0, Operation.Read(Va, 4));
        host.Do(1, OfSecond(Operation.Read(Va, 4)));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(registers, Is.EqualTo((0x0010_0000u, 0x70u, 0x2000u)));
            Assert.That((status, gap, other.Error), Is.EqualTo((0u, 0u, 0)));
            Assert.That(host.InvalidateCompletions, Is.Empty);
            Assert.That(host.TranslationRequests.Count(t => t.View.Requester.Function == 0), Is.EqualTo(2));
            Assert.That(host.TranslationRequests.Count(t => t.View.Requester.Function == 1), Is.EqualTo(1));
        }
    }

    [Test]
    public void In_D3hot_invalidations_are_completed_and_operations_end_with_error_5()
    {
        var host = Host().EnableAll();
        host.Map(Va, Pa, function: 1);
        host.Do(0, OfSecond(Operation.Read(Va, 4)));
        host.HoldsTranslations = true;
        host.Start(1, OfSecond(Operation.Read(Va + 0x1000, 4)));
        host.Run(200);
        host.WriteConfiguration(0x84, Sleep, function: ExerciserHost.Second);
        host.HoldsTranslations = false;
        host.Release(); // the answer changes nothing
        var running = host.Finish(1).Error;
        var started = host.Do(0, OfSecond(Operation.Read(Va, 4))).Error;
        host.InvalidateAndWait(AtsRange.Page(Va), 1, function: ExerciserHost.Second);
        var asked = host.TranslationRequests.Count();

        host.WriteConfiguration(0x84, PowerManagementCapability.D0, function: ExerciserHost.Second);
        host.Do(0, OfSecond(Operation.Read(Va, 4)));

        Assert.That((running, started, asked, host.TranslationRequests.Count()), Is.EqualTo((5, 5, 2, 3)));
    }

    [TestCase(1u)]
    [TestCase(2u)]
    public void A_power_state_that_is_not_there_is_ignored(uint state)
    {
        var host = HostOfTwoFunctions();

        host.WriteConfiguration(0x84, state);

        Assert.That(host.ReadConfiguration(0x84), Is.EqualTo(8));
    }

    [Test]
    public void A_request_without_answer_is_given_up_and_its_tag_comes_free_with_the_late_answer()
    {
        var host = Host().EnableAll();
        host.WriteBar(0x020, 400);
        host.Map(Va, Pa);
        host.HoldsTranslations = true;
        var result = host.Do(2, Operation.Read(Va, 4));
        host.Start(2, Operation.Read(Va + 0x1000, 4));
        host.Run(300);
        var asked = host.TranslationRequests.Count();
        host.AnswerTranslation(host.Held[0], 0);
        host.Map(Va + 0x1000, 0x6000);
        host.HoldsTranslations = false;
        host.Finish(2);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((result.Error, asked), Is.EqualTo((3, 1)));
            Assert.That(host.Translated.Select(t => t.Address), Is.EqualTo([0x6000UL]));
        }
    }

    [Test]
    public void Prefetch_asks_for_the_page_behind_with_tag_32()
    {
        var host = Host().EnableAll();
        host.WriteBar(0x024, 1);
        host.Map(Va, Pa);
        host.Map(Va + 0x1000, 0x6000);
        host.Do(0, Operation.Read(Va, 4) with { TrafficClass = 4 });
        host.Run(200);
        var prefetch = host.TranslationRequests.Last().View;

        host.Do(0, Operation.Read(Va + 0x1000, 4) with { TrafficClass = 4 });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                (prefetch.Address, prefetch.Tag, prefetch.TrafficClass, prefetch.LengthDw),
                Is.EqualTo((Va + 0x1000, (byte)32, 4, 2)));
            Assert.That(host.Translated.Last().Address, Is.EqualTo(0x6000));
            Assert.That(host.TranslationRequests.Count(t => t.View.Tag != 32), Is.EqualTo(1));
        }
    }

    [Test]
    public void Completions_that_are_ready_together_go_in_one_message_when_CONTROL_says_so()
    {
        var host = Host().EnableAll();
        host.WriteBar(0x024, 2);
        host.Map(Va, Pa);
        host.HoldsReads = true;
        host.Start(0, Operation.Read(Va, 4));
        host.Run(200);
        for (var itag = 1; itag <= 4; itag++)
        {
            host.Invalidate(AtsRange.Page(Va), itag);
        }

        host.Run(200);
        host.HoldsReads = false;
        host.Release();
        host.Run(300);

        var vectors = host.InvalidateCompletions.Select(t => t.View.ITagVector).ToArray();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(vectors.Aggregate(0u, (all, one) => all | one), Is.EqualTo(0b11110u));
            Assert.That(vectors.Sum(one => System.Numerics.BitOperations.PopCount(one)), Is.EqualTo(4));
            Assert.That(vectors, Has.Length.LessThan(4));
        }
    }

    [Test]
    public void A_completion_is_held_for_the_next_one_but_not_for_long_when_CONTROL_says_so()
    {
        var host = Host().EnableAll();
        host.WriteBar(0x024, 4);
        host.Invalidate(AtsRange.Page(Va), 1);
        host.Invalidate(AtsRange.Page(Va), 2);
        host.Run(200);
        host.Invalidate(AtsRange.Page(Va), 3);
        host.Run(400);

        Assert.That(
            host.InvalidateCompletions.Select(t => t.View.ITagVector), Is.EqualTo([1u << 2, 1u << 1, 1u << 3]));
    }
}
