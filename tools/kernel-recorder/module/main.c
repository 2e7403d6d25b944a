// SPDX-License-Identifier: GPL-2.0
/* /dev/hil-recorder: what a real kernel tells its MMU notifiers. */
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#include "internal.h"

static DECLARE_WAIT_QUEUE_HEAD(block_queue);
static bool unblocked;

static long get_u32(unsigned long argument, u32 *value)
{
  return get_user(*value, (u32 __user *)argument) ? -EFAULT : 0;
}

/* Sleeps where no signal reaches: the process can be killed, its mm stays until REC_UNBLOCK. */
static void block(void)
{
  unblocked = false;
  wait_event(block_queue, unblocked);
}

#define WITH(type, call)                                                                                       \
  {                                                                                                            \
    struct type request;                                                                                       \
    int error;                                                                                                 \
                                                                                                               \
    if (copy_from_user(&request, (void __user *)argument, sizeof(request)))                                    \
      return -EFAULT;                                                                                          \
    error = call(&request);                                                                                    \
    if (_IOC_DIR(command) & _IOC_READ && copy_to_user((void __user *)argument, &request, sizeof(request)))     \
      return -EFAULT;                                                                                          \
    return error;                                                                                              \
  }

static int symbol(struct rec_symbol *request)
{
  snprintf(request->name, sizeof(request->name), "%ps", (void *)(uintptr_t)request->address);
  return 0;
}

static long control(struct file *file, unsigned int command, unsigned long argument)
{
  u32 value;

  switch (command) {
  case REC_RESET:
    rec_reset();
    return 0;
  case REC_STEP:
    if (get_u32(argument, &value))
      return -EFAULT;
    rec_step(value);
    return 0;
  case REC_REGISTER:
    WITH(rec_register, rec_register)
  case REC_UNREGISTER:
    return get_u32(argument, &value) ? -EFAULT : rec_unregister(value);
  case REC_INTERVAL_ADD:
    WITH(rec_interval, rec_interval_add)
  case REC_INTERVAL_DEL:
    return get_u32(argument, &value) ? -EFAULT : rec_interval_del(value);
  case REC_WALK:
    WITH(rec_walk, rec_walk)
  case REC_EVENTS:
    WITH(rec_events, rec_events_copy)
  case REC_SYMBOL:
    WITH(rec_symbol, symbol)
  case REC_BLOCK:
    block();
    return 0;
  case REC_UNBLOCK:
    unblocked = true;
    wake_up_all(&block_queue);
    return 0;
  case REC_PIN:
    WITH(rec_range, rec_pin)
  case REC_UNPIN:
    rec_unpin();
    return 0;
  case REC_HMM_FAULT:
    WITH(rec_range, rec_hmm_fault)
  case REC_MIGRATE_VMA:
    WITH(rec_range, rec_migrate_vma)
  default:
    return -ENOTTY;
  }
}

static const struct file_operations operations = {
  .owner = THIS_MODULE,
  .unlocked_ioctl = control,
};

static struct miscdevice device = {
  .minor = MISC_DYNAMIC_MINOR,
  .name = "hil-recorder",
  .fops = &operations,
  .mode = 0600,
};

static int __init recorder_init(void)
{
  int error = rec_walk_init();

  if (error)
    return error;
  error = rec_events_init();
  if (error)
    return error;
  error = rec_frames_init();
  if (error)
    goto no_frames;
  error = misc_register(&device);
  if (!error)
    return 0;
  rec_frames_exit();
no_frames:
  rec_events_exit();
  return error;
}

static void __exit recorder_exit(void)
{
  misc_deregister(&device);
  rec_frames_exit();
  rec_events_exit();
}

module_init(recorder_init);
module_exit(recorder_exit);
MODULE_DESCRIPTION("Records what the kernel tells MMU notifiers");
MODULE_LICENSE("GPL");
