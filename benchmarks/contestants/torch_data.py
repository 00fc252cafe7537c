"""PyTorch's `DataLoader` without worker processes, which are slower for arrays in memory."""

import torch
from torch.utils.data import DataLoader, Dataset

from benchmarks import data_program

TITLE = "PyTorch DataLoader"


class Images(Dataset):
    def __init__(self, images, labels):
        self.images, self.labels = torch.from_numpy(images), torch.from_numpy(labels)

    def __len__(self):
        return len(self.images)

    def __getitem__(self, number):
        return self.images[number].float()[None] / 255.0, self.labels[number]


def prepare(case):
    loader = DataLoader(Images(*data_program.images()), case.batch_size, shuffle=True)
    return data_program.loop(loader, data_program.first_number)
